curl http://127.0.0.1:8000/api/v1/audio/speech \
  -H "Authorization: Bearer $AUDIOPOD_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"model": "tts-1", "voice": "ef_dora", "input": "El perro negro duerme en la casa."}' \
  -o perro.mp3

curl http://127.0.0.1:8000/api/v1/audio/translations \
  -H "Authorization: Bearer $AUDIOPOD_API_KEY" \
  -F model=whisper-1 \
  -F file=@perro.mp3
