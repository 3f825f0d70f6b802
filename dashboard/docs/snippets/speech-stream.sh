curl --no-buffer http://127.0.0.1:8000/api/v1/audio/speech \
  -H "Authorization: Bearer $AUDIOPOD_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "tts-1",
    "voice": "nova",
    "input": "The first words can be heard while the last ones are still being made."
  }' \
  -o story.mp3
