import base64
import json
import os

from openai import OpenAI

client = OpenAI(
    base_url="http://127.0.0.1:8000/api/v1",
    api_key=os.environ["AUDIOPOD_API_KEY"],
)

with client.audio.speech.with_streaming_response.create(
    model="tts-1", voice="nova", input="Event by event.", stream_format="sse"
) as answer:
    for line in answer.iter_lines():
        if not line.startswith("data: {"):
            continue
        event = json.loads(line.removeprefix("data: "))
        if event["type"] == "speech.audio.delta":
            print(len(base64.b64decode(event["audio"])), "bytes")
        else:
            print(event["type"], event["usage"])
