job=$(curl -sS --fail-with-body http://127.0.0.1:8000/api/v1/denoiser/denoise \
  -H "Authorization: Bearer $AUDIOPOD_API_KEY" \
  -F quality_mode=studio \
  -F file=@hello.mp3 | sed 's/^{"id": *\([0-9]*\).*/\1/')

until grep -q '"completed_at": *"' job.json 2> /dev/null; do
  curl -sS -o job.json "http://127.0.0.1:8000/api/v1/denoiser/jobs/$job?wait=30" \
    -H "Authorization: Bearer $AUDIOPOD_API_KEY"
done
curl -sS -o clean.mp3 "$(grep -o '"output_url": *"[^"]*' job.json | cut -d '"' -f 4)"
rm job.json
