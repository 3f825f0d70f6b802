// What goes wrong: the class of each exception, what it knows, and how often it was tried.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { asked } from "./speech.mjs";

const refused = async (stage, name, call) => {
  const error = await call.then(
    () => assert.fail("it was not refused"),
    (reason) => reason,
  );
  assert.equal(error.constructor, stage.library[name], error.stack);
  return error;
};

const logged = (stage, endpoint, status) =>
  fs.readFileSync(stage.log, "utf8").split(` POST /api/v1${endpoint} ${status} `).length - 1;

// How many requests of a kind the server's access log gained meanwhile.
const counted = async (stage, endpoint, status, act) => {
  const before = logged(stage, endpoint, status);
  await act();
  return logged(stage, endpoint, status) - before;
};

const quiet = (stage) => fs.createReadStream(path.join(stage.folder, "quiet.wav"));

export const refusals = {
  async a_key_that_nobody_has(stage) {
    const client = stage.client({ apiKey: "sk-of-another-house" });
    const error = await refused(stage, "AuthenticationError", client.audio.speech.create(asked()));
    assert.equal(error.code, "invalid_api_key");
    assert.equal(error.type, "invalid_request_error");
    assert.match(error.requestID, /^req_/);
  },

  async a_voice_that_does_not_exist(stage) {
    const call = stage.client().audio.speech.create(asked({ voice: "no-such-voice" }));
    const error = await refused(stage, "BadRequestError", call);
    assert.equal(error.param, "voice");
    assert.match(error.message, /^400 .*no-such-voice/);
  },

  async a_stream_without_a_sound(stage) {
    const words = path.join(stage.folder, "words.mp3");
    fs.writeFileSync(words, "These are words, not sound. ".repeat(99));
    const call = stage.client().audio.transcriptions.create({
      file: fs.createReadStream(words),
      model: "whisper-1",
    });
    await refused(stage, "BadRequestError", call);
  },

  async a_file_that_is_too_large(stage) {
    const file = await stage.library.toFile(Buffer.alloc(26 * 1024 * 1024), "a.wav");
    const call = stage.client().audio.transcriptions.create({ file, model: "whisper-1" });
    const error = await refused(stage, "APIError", call);
    assert.equal(error.status, 413);
  },

  async a_model_and_an_address_that_do_not_exist(stage) {
    const client = stage.client();
    const error = await refused(stage, "NotFoundError", client.models.retrieve("no-such-model"));
    assert.equal(error.code, "model_not_found");
    await refused(stage, "NotFoundError", client.post("/audio/sing", { body: {} }));
  },

  async an_empty_wallet_is_tried_once(stage) {
    const client = stage.client({ apiKey: stage.poor_key, maxRetries: 2 });
    const tries = await counted(stage, "/audio/speech", 429, async () => {
      const error = await refused(stage, "RateLimitError", client.audio.speech.create(asked()));
      assert.equal(error.code, "insufficient_quota");
    });
    assert.equal(tries, 1);
  },

  async an_empty_wallet_and_an_upload_are_tried_once(stage) {
    const client = stage.client({ apiKey: stage.poor_key, maxRetries: 2 });
    const tries = await counted(stage, "/audio/transcriptions", 429, async () => {
      const request = { file: quiet(stage), model: "whisper-1" };
      const call = client.audio.transcriptions.create(request);
      await refused(stage, "RateLimitError", call);
    });
    assert.equal(tries, 1);
  },

  async a_broken_engine_is_tried_three_times(stage) {
    const client = stage.client({ maxRetries: 2 });
    const tries = await counted(stage, "/audio/speech", 500, async () => {
      const call = client.audio.speech.create(asked({ voice: "faulty-before" }));
      const error = await refused(stage, "InternalServerError", call);
      assert.equal(error.error.type, "server_error");
    });
    assert.equal(tries, 3);
  },

  async a_key_that_is_used_too_often(stage) {
    const client = stage.client({ apiKey: stage.hurried_key });
    const create = () =>
      client.audio.transcriptions.create({ file: quiet(stage), model: "whisper-1" });
    await create().catch(() => null);
    const error = await refused(stage, "RateLimitError", create());
    assert.equal(error.code, "rate_limit_exceeded");
    assert.ok(Number(error.headers.get("retry-after")) <= 60);
  },

  async a_server_that_is_too_slow(stage) {
    const client = stage.client({ timeout: 500 });
    const call = client.audio.speech.create(asked({ voice: "late" }));
    await refused(stage, "APIConnectionTimeoutError", call);
  },

  async leaving_in_the_middle(stage) {
    const controller = new AbortController();
    const call = stage
      .client()
      .audio.speech.create(asked({ voice: "late" }), { signal: controller.signal });
    setTimeout(() => controller.abort(), 300);
    await refused(stage, "APIUserAbortError", call);
  },
};
