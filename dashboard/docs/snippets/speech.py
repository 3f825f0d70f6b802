import os

from openai import OpenAI

client = OpenAI(
    base_url="http://127.0.0.1:8000/api/v1",
    api_key=os.environ["AUDIOPOD_API_KEY"],
)

speech = client.audio.speech.create(
    model="tts-1",
    voice="bf_emma",
    input='Take a breath. <break time="600ms"/> Then go on.',
    response_format="wav",
    speed=1.1,
)
speech.write_to_file("breath.wav")
