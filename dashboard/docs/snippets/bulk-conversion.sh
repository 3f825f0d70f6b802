curl -sS --fail-with-body http://127.0.0.1:8000/api/v1/media-converter/bulk-convert \
  -H "Authorization: Bearer $AUDIOPOD_API_KEY" \
  -F output_format=flac \
  -F quality=lossless \
  -F files=@hello.mp3 \
  -F files=@hello.mp3
