import fs from "node:fs";
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://127.0.0.1:8000/api/v1",
  apiKey: process.env.AUDIOPOD_API_KEY,
});

const speech = await client.audio.speech.create({
  model: "tts-1",
  voice: "ef_dora",
  input: "El perro negro duerme en la casa.",
});
fs.writeFileSync("perro.mp3", Buffer.from(await speech.arrayBuffer()));

const translation = await client.audio.translations.create({
  model: "whisper-1",
  file: fs.createReadStream("perro.mp3"),
});
console.log(translation.text);
