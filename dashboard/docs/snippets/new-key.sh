curl http://127.0.0.1:8000/api/v1/auth/api-keys \
  -H "Authorization: Bearer $AUDIOPOD_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "name": "Kiosk",
    "scopes": ["voice:synthesize"],
    "expires_in_days": 30,
    "monthly_limit_usd": "5.00"
  }'
