// `client.audio.speech`, whose result is a `Response` of fetch.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

export const asked = (changes) => ({
  model: "tts-1",
  voice: "joe",
  input: "The quick brown fox jumps over the lazy dog.",
  ...changes,
});

const beginnings = { mp3: "", opus: "OggS", aac: "", flac: "fLaC", wav: "RIFF", pcm: "" };

const inFormat = (format) => async (stage) => {
  const speech = await stage.client().audio.speech.create(asked({ response_format: format }));
  assert.equal(speech.status, 200);
  assert.match(speech.headers.get("content-type"), /^audio\//);
  const bytes = Buffer.from(await speech.arrayBuffer());
  assert.ok(bytes.length > 5000);
  assert.equal(bytes.toString("latin1", 0, beginnings[format].length), beginnings[format]);
  if (format === "pcm") assert.equal(bytes.length % 2, 0);
};

export const speech = {
  ...Object.fromEntries(
    Object.keys(beginnings).map((format) => [`speech_in_${format}`, inFormat(format)]),
  ),

  async speech_as_a_blob(stage) {
    const spoken = await stage.client().audio.speech.create(asked());
    const blob = await spoken.blob();
    assert.equal(blob.type, "audio/mpeg");
    assert.ok(blob.size > 5000);
  },

  async a_body_piped_into_a_file(stage) {
    const saved = path.join(stage.folder, `${path.basename(process.argv[2])}.mp3`);
    const spoken = await stage.client().audio.speech.create(asked());
    await pipeline(Readable.fromWeb(spoken.body), fs.createWriteStream(saved));
    assert.ok(fs.statSync(saved).size > 5000);
  },

  async a_body_read_piece_by_piece(stage) {
    const spoken = await stage.client().audio.speech.create(asked({ response_format: "pcm" }));
    let bytes = 0;
    for await (const piece of spoken.body) bytes += piece.length;
    assert.ok(bytes > 24_000 * 2);
    assert.equal(bytes % 2, 0);
  },

  async a_stream_of_events(stage) {
    const request = asked({ response_format: "pcm", stream_format: "sse" });
    const spoken = await stage.client().audio.speech.create(request);
    assert.match(spoken.headers.get("content-type"), /^text\/event-stream/);
    const lines = (await spoken.text()).split("\n").filter((line) => line.startsWith("data: {"));
    const events = lines.map((line) => JSON.parse(line.slice("data: ".length)));
    const done = events.pop();
    assert.equal(done.type, "speech.audio.done");
    assert.deepEqual(Object.keys(done.usage).sort(), [
      "input_tokens",
      "output_tokens",
      "total_tokens",
    ]);
    const bytes = events.map((event) => Buffer.from(event.audio, "base64").length);
    assert.ok(bytes.reduce((sum, length) => sum + length) > 24_000 * 2);
  },

  async every_argument_at_once(stage) {
    const request = asked({
      voice: { id: "joe" },
      instructions: "None",
      response_format: "opus",
      speed: 1,
      stream_format: "audio",
      not_a_field_of_theirs: true,
    });
    const call = stage.client().audio.speech.create(request);
    const { data, response, request_id: requestId } = await call.withResponse();
    assert.ok((await data.arrayBuffer()).byteLength > 5000);
    assert.equal(requestId, response.headers.get("x-request-id"));
    assert.ok(Number(response.headers.get("openai-processing-ms")) >= 0);
  },
};
