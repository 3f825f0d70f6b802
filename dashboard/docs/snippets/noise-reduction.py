import os

import requests

API = "http://127.0.0.1:8000/api/v1/denoiser"
HEADERS = {"Authorization": f"Bearer {os.environ['AUDIOPOD_API_KEY']}"}

with open("hello.mp3", "rb") as recording:
    job = requests.post(
        f"{API}/denoise",
        headers=HEADERS,
        data={"quality_mode": "studio"},
        files={"file": recording},
    ).json()
while not job["completed_at"]:
    job = requests.get(
        f"{API}/jobs/{job['id']}", params={"wait": 30}, headers=HEADERS
    ).json()

made = requests.get(job["output_url"])
with open("clean.mp3", "wb") as cleaned:
    cleaned.write(made.content)
print(job["noise_reduction_db"], job["cost_usd"])
