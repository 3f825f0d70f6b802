import fs from "node:fs";
import OpenAI from "openai";

const client = new OpenAI(); // reads OPENAI_BASE_URL and OPENAI_API_KEY

const speech = await client.audio.speech.create({
  model: "gpt-4o-mini-tts",
  voice: "nova",
  input: "Nothing else has changed.",
});
fs.writeFileSync("moved.mp3", Buffer.from(await speech.arrayBuffer()));
