import fs from "node:fs";
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://127.0.0.1:8000/api/v1",
  apiKey: process.env.AUDIOPOD_API_KEY,
});

const speech = await client.audio.speech.create({
  model: "tts-1",
  voice: "nova",
  input: "The first words can be heard while the last ones are still being made.",
});
const file = fs.createWriteStream("story.mp3");
for await (const chunk of speech.body) file.write(chunk); // or hand it to a player
file.end();
