curl http://127.0.0.1:8000/api/v1/webhooks/endpoints \
  -H "Authorization: Bearer $AUDIOPOD_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "url": "https://example.com/audiopod",
    "events": ["job.completed", "job.failed"],
    "description": "Production"
  }'
