// `client.audio.transcriptions`, `translations` and `models`.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

const heard = (text, words) => {
  const plain = (string) => new Set(string.toLowerCase().match(/[a-z']+/g) ?? []);
  const said = plain(words);
  const found = [...said].filter((word) => plain(text).has(word));
  assert.ok(found.length >= 0.6 * said.size, text);
};

const inFolder = (stage, name) => path.join(stage.folder, name);

// The length that was heard tells whether every byte arrived.
const upload = (open) => async (stage) => {
  const quiet = inFolder(stage, "quiet.wav");
  const answer = await stage.client().audio.transcriptions.create({
    file: await open(quiet, stage.library.toFile),
    model: "whisper-1",
    response_format: "verbose_json",
  });
  assert.equal(answer.duration, 2.5);
  assert.equal(answer.text, "");
};

const transcribe = (stage, request) =>
  stage.client().audio.transcriptions.create({
    file: fs.createReadStream(inFolder(stage, "speech.wav")),
    model: "whisper-1",
    ...request,
  });

export const transcripts = {
  upload_of_a_read_stream: upload((file) => fs.createReadStream(file)),
  upload_of_a_buffer: upload((file, toFile) => toFile(fs.readFileSync(file), "speech.wav")),
  upload_of_a_nameless_buffer: upload((file, toFile) => toFile(fs.readFileSync(file))),
  upload_of_a_buffer_with_a_type: upload((file, toFile) =>
    toFile(fs.readFileSync(file), "speech.mp3", { type: "audio/mpeg" }),
  ),
  upload_of_a_buffered_stream: upload((file, toFile) => toFile(fs.createReadStream(file), "a.wav")),
  upload_of_a_blob: upload((file) => new File([fs.readFileSync(file)], "näme 音声.wav")),
  upload_of_an_answer: upload((file) => new Response(fs.readFileSync(file))),
  upload_of_an_iterable: upload((file, toFile) =>
    toFile(
      (async function* pieces() {
        const bytes = fs.readFileSync(file);
        for (let start = 0; start < bytes.length; start += 9973)
          yield bytes.subarray(start, start + 9973);
      })(),
      "a.wav",
    ),
  ),

  async a_transcript_as_an_object(stage) {
    const answer = await transcribe(stage);
    heard(answer.text, stage.words);
    assert.equal(answer.usage.type, "duration");
    assert.match(answer._request_id, /^req_/);
  },

  async subtitles(stage) {
    const vtt = await transcribe(stage, { response_format: "vtt" });
    assert.equal(typeof vtt, "string");
    assert.match(vtt, /^WEBVTT\n\n00:00:00\.\d{3} --> 00:00:0/);
  },

  async silence_as_text_and_as_srt(stage) {
    const file = () => fs.createReadStream(inFolder(stage, "quiet.wav"));
    const { transcriptions } = stage.client().audio;
    const request = { model: "whisper-1", response_format: "text" };
    assert.equal(await transcriptions.create({ ...request, file: file() }), "\n");
    request.response_format = "srt";
    assert.equal(await transcriptions.create({ ...request, file: file() }), "");
  },

  async a_transcript_with_segments_and_words(stage) {
    const answer = await transcribe(stage, {
      response_format: "verbose_json",
      timestamp_granularities: ["word", "segment"],
      language: "en",
      temperature: 0,
    });
    assert.equal(answer.language, "english");
    heard(answer.words.map(({ word }) => word).join(" "), stage.words);
    heard(answer.segments.map(({ text }) => text).join(""), stage.words);
  },

  async a_streamed_transcript(stage) {
    const events = [];
    for await (const event of await transcribe(stage, { stream: true })) events.push(event);
    const done = events.pop();
    assert.equal(done.type, "transcript.text.done");
    assert.ok(events.every(({ type }) => type === "transcript.text.delta"));
    assert.equal(events.map(({ delta }) => delta).join(""), done.text);
    heard(done.text, stage.words);
  },

  async a_translation(stage) {
    const answer = await stage.client().audio.translations.create({
      file: fs.createReadStream(inFolder(stage, "habla.wav")),
      model: "whisper-1",
      response_format: "verbose_json",
    });
    assert.equal(answer.language, "english");
    assert.match(answer.text, /dog/i);
  },

  async models(stage) {
    const found = [];
    for await (const model of stage.client().models.list()) found.push(model.id);
    assert.ok(found.includes("whisper-1"));
    assert.equal((await stage.client().models.retrieve("tts-1")).id, "tts-1");
  },
};
