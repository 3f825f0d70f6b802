import os

import requests

API = "http://127.0.0.1:8000/api/v1/media-converter"
HEADERS = {"Authorization": f"Bearer {os.environ['AUDIOPOD_API_KEY']}"}

with open("hello.mp3", "rb") as recording:
    job = requests.post(
        f"{API}/convert",
        headers=HEADERS,
        data={"output_format": "m4a", "quality": "high"},
        files={"file": recording},
    ).json()
while not job["completed_at"]:
    job = requests.get(
        f"{API}/jobs/{job['id']}", params={"wait": 30}, headers=HEADERS
    ).json()

made = requests.get(job["download_url"])
with open("hello.m4a", "wb") as converted:
    converted.write(made.content)
print(job["duration"], job["cost_usd"])
