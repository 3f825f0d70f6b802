import json
from urllib.request import Request, urlopen

request = Request(
    "http://127.0.0.1:8000/api/v1/api-wallet/estimate",
    data=json.dumps({"service_type": "transcription", "duration_seconds": 90}).encode(),
    headers={"Content-Type": "application/json"},
)
with urlopen(request) as answer:
    print(json.load(answer)["cost_micros"])
