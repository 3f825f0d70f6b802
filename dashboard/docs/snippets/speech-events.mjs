import readline from "node:readline";
import { Readable } from "node:stream";
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://127.0.0.1:8000/api/v1",
  apiKey: process.env.AUDIOPOD_API_KEY,
});

const answer = await client.audio.speech.create({
  model: "tts-1",
  voice: "nova",
  input: "Event by event.",
  stream_format: "sse",
});
const lines = readline.createInterface({ input: Readable.fromWeb(answer.body) });
for await (const line of lines) {
  if (!line.startsWith("data: {")) continue;
  const event = JSON.parse(line.slice("data: ".length));
  if (event.type === "speech.audio.delta") {
    console.log(Buffer.from(event.audio, "base64").length, "bytes");
  } else {
    console.log(event.type, event.usage);
  }
}
