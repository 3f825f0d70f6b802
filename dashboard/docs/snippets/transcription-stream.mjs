import fs from "node:fs";
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://127.0.0.1:8000/api/v1",
  apiKey: process.env.AUDIOPOD_API_KEY,
});

const events = await client.audio.transcriptions.create({
  model: "whisper-1",
  file: fs.createReadStream("hello.mp3"),
  stream: true,
});
for await (const event of events) {
  if (event.type === "transcript.text.delta") process.stdout.write(event.delta);
}
console.log();
