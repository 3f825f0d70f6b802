import os

from openai import OpenAI

client = OpenAI(
    base_url="http://127.0.0.1:8000/api/v1",
    api_key=os.environ["AUDIOPOD_API_KEY"],
)

client.audio.speech.create(
    model="tts-1", voice="ef_dora", input="El perro negro duerme en la casa."
).write_to_file("perro.mp3")

with open("perro.mp3", "rb") as audio:
    translation = client.audio.translations.create(model="whisper-1", file=audio)
print(translation.text)
