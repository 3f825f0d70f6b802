curl http://127.0.0.1:8000/api/v1/audio/speech \
  -H "Authorization: Bearer $AUDIOPOD_API_KEY" \
  -H "Content-Type: application/json" \
  -H "Idempotency-Key: order-1017" \
  -d '{"model": "tts-1", "voice": "nova", "input": "Paid once."}' \
  -o once.mp3
