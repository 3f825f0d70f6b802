// Speaks, transcribes a stream and provokes an error; prints what came of it as one JSON line.
import fs from "node:fs";
import path from "node:path";
import OpenAI from "openai-6";

const folder = process.argv[2];
const client = new OpenAI({ maxRetries: 0 });

const speech = await client.audio.speech.create({
  model: "tts-1",
  voice: "joe",
  input: "Hello from Node.",
});
fs.writeFileSync(path.join(folder, "hello.mp3"), Buffer.from(await speech.arrayBuffer()));

const transcript = await client.audio.transcriptions.create({
  model: "whisper-1",
  file: fs.createReadStream(path.join(folder, "speech.wav")),
});

const refusal = await client.audio.speech
  .create({ model: "tts-1", voice: "no-such-voice", input: "Hello." })
  .catch((error) => error);

console.log(
  JSON.stringify({ text: transcript.text, status: refusal.status, param: refusal.param }),
);
