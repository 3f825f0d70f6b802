import os

from openai import APIStatusError, OpenAI

client = OpenAI(
    base_url="http://127.0.0.1:8000/api/v1",
    api_key=os.environ["AUDIOPOD_API_KEY"],
)

try:
    client.audio.speech.create(model="tts-1", voice="no-such-voice", input="Hello.")
except APIStatusError as error:
    print(error.status_code, error.code, error.param)
    print(error.message)
    print(error.request_id)
