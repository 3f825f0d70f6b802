curl http://127.0.0.1:8000/api/v1/audio/speech \
  -H "Authorization: Bearer $AUDIOPOD_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "tts-1",
    "voice": "bf_emma",
    "input": "Take a breath. <break time=\"600ms\"/> Then go on.",
    "response_format": "wav",
    "speed": 1.1
  }' \
  -o breath.wav
