import os

from openai import OpenAI

client = OpenAI(
    base_url="http://127.0.0.1:8000/api/v1",
    api_key=os.environ["AUDIOPOD_API_KEY"],
)

with open("hello.mp3", "rb") as audio:
    events = client.audio.transcriptions.create(
        model="whisper-1", file=audio, stream=True
    )
    for event in events:
        if event.type == "transcript.text.delta":
            print(event.delta, end="", flush=True)
print()
