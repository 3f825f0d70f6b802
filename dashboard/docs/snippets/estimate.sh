curl http://127.0.0.1:8000/api/v1/api-wallet/estimate \
  -H "Content-Type: application/json" \
  -d '{"service_type": "transcription", "duration_seconds": 90}'
