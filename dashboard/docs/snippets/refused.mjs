import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://127.0.0.1:8000/api/v1",
  apiKey: process.env.AUDIOPOD_API_KEY,
});

try {
  await client.audio.speech.create({
    model: "tts-1",
    voice: "no-such-voice",
    input: "Hello.",
  });
} catch (error) {
  console.log(error.status, error.code, error.param);
  console.log(error.message);
  console.log(error.requestID);
}
