from openai import OpenAI

client = OpenAI()  # reads OPENAI_BASE_URL and OPENAI_API_KEY

client.audio.speech.create(
    model="gpt-4o-mini-tts", voice="nova", input="Nothing else has changed."
).write_to_file("moved.mp3")
