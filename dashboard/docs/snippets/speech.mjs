import fs from "node:fs";
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://127.0.0.1:8000/api/v1",
  apiKey: process.env.AUDIOPOD_API_KEY,
});

const speech = await client.audio.speech.create({
  model: "tts-1",
  voice: "bf_emma",
  input: 'Take a breath. <break time="600ms"/> Then go on.',
  response_format: "wav",
  speed: 1.1,
});
fs.writeFileSync("breath.wav", Buffer.from(await speech.arrayBuffer()));
