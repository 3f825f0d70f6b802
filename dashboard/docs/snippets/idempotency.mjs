import fs from "node:fs";
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://127.0.0.1:8000/api/v1",
  apiKey: process.env.AUDIOPOD_API_KEY,
});

const speech = await client.audio.speech.create(
  { model: "tts-1", voice: "nova", input: "Paid once." },
  { headers: { "Idempotency-Key": crypto.randomUUID() } },
);
fs.writeFileSync("once.mp3", Buffer.from(await speech.arrayBuffer()));
