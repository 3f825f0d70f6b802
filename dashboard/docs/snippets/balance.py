import json
import os
from urllib.request import Request, urlopen

request = Request(
    "http://127.0.0.1:8000/api/v1/api-wallet/balance",
    headers={"Authorization": f"Bearer {os.environ['AUDIOPOD_API_KEY']}"},
)
with urlopen(request) as answer:
    print(json.load(answer)["available_micros"] / 1_000_000)
