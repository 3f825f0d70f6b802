import os

from openai import OpenAI

client = OpenAI(
    base_url="http://127.0.0.1:8000/api/v1",
    api_key=os.environ["AUDIOPOD_API_KEY"],
)

speech = client.audio.speech.create(
    model="tts-1", voice="nova", input="Hello from AudioPod."
)
speech.write_to_file("hello.mp3")

with open("hello.mp3", "rb") as audio:
    transcript = client.audio.transcriptions.create(model="whisper-1", file=audio)
print(transcript.text)
