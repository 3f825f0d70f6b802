import os
import uuid

from openai import OpenAI

client = OpenAI(
    base_url="http://127.0.0.1:8000/api/v1",
    api_key=os.environ["AUDIOPOD_API_KEY"],
)

speech = client.audio.speech.create(
    model="tts-1",
    voice="nova",
    input="Paid once.",
    extra_headers={"Idempotency-Key": str(uuid.uuid4())},
)
speech.write_to_file("once.mp3")
