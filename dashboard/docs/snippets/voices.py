import json
from urllib.request import urlopen

url = "http://127.0.0.1:8000/api/v1/voice/voice-profiles?language=es"
with urlopen(url) as answer:
    for voice in json.load(answer):
        print(voice["name"], voice["language"], voice["gender"])
