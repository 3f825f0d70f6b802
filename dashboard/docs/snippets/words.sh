curl http://127.0.0.1:8000/api/v1/audio/transcriptions \
  -H "Authorization: Bearer $AUDIOPOD_API_KEY" \
  -F model=whisper-1 \
  -F response_format=verbose_json \
  -F "timestamp_granularities[]=word" \
  -F file=@hello.mp3
