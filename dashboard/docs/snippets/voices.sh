curl "http://127.0.0.1:8000/api/v1/voice/voice-profiles?language=es"
