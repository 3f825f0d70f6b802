import os

from openai import OpenAI

client = OpenAI(
    base_url="http://127.0.0.1:8000/api/v1",
    api_key=os.environ["AUDIOPOD_API_KEY"],
)

with (
    client.audio.speech.with_streaming_response.create(
        model="tts-1",
        voice="nova",
        input="The first words can be heard while the last ones are still being made.",
    ) as speech,
    open("story.mp3", "wb") as file,
):
    for chunk in speech.iter_bytes():
        file.write(chunk)  # or hand it to a player
