import fs from "node:fs";
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://127.0.0.1:8000/api/v1",
  apiKey: process.env.AUDIOPOD_API_KEY,
});

const speech = await client.audio.speech.create({
  model: "tts-1",
  voice: "nova",
  input: "Hello from AudioPod.",
});
fs.writeFileSync("hello.mp3", Buffer.from(await speech.arrayBuffer()));

const transcript = await client.audio.transcriptions.create({
  model: "whisper-1",
  file: fs.createReadStream("hello.mp3"),
});
console.log(transcript.text);
