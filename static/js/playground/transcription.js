// The page of transcription: send the recording, show the text as it is decoded, then its words.

import { eventsOf } from "./events.js";
import { leave } from "./pass.js";
import "./recording.js";
import { Refused, clear, outcomeOf, refuse, say, send, showOutcome, showRunning } from "./request.js";
import { showWords } from "./words.js";

const form = document.getElementById("run");
const live = document.getElementById("live");
const words = document.getElementById("words");
const silence = document.getElementById("silence");
const downloads = document.getElementById("downloads");
const TYPES = { txt: "text/plain", srt: "application/x-subrip", vtt: "text/vtt", json: "application/json" };
let running = null;

function begin() {
  clear();
  document.getElementById("nothing-yet").hidden = true;
  for (const each of [words, silence, downloads]) each.hidden = true;
  showOutcome(null);
  live.hidden = false;
  live.textContent = "";
  showRunning(form, true);
  say("sending");
}

function offer(kind, text, base) {
  const link = downloads.querySelector(`[data-kind="${kind}"]`);
  if (link.href) URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(new Blob([text], { type: TYPES[kind] }));
  link.download = `${base}.${kind}`;
}

function finish(done) {
  const base = (form.elements.file_name.value || "transcript").replace(/\.[^.]*$/, "");
  live.hidden = true;
  silence.hidden = Boolean(done.text);
  words.hidden = !done.text;
  showWords(done.text, done.verbose_json.words);
  offer("txt", `${done.text}\n`, base);
  offer("srt", done.srt, base);
  offer("vtt", done.vtt, base);
  offer("json", `${JSON.stringify(done.verbose_json, null, 2)}\n`, base);
  downloads.hidden = false;
}

async function follow(response) {
  say("listening");
  for await (const event of eventsOf(response)) {
    if (event.error) throw new Refused(event.error.message, 500);
    if (event.type === "transcript.text.delta") live.textContent += event.delta;
    if (event.type === "transcript.text.done") finish(event);
  }
}

async function run(signal) {
  const headers = await leave(form);
  const response = await send(form, { accept: "text/event-stream", signal, headers });
  try {
    await follow(response);
  } catch (error) {
    if (error.name !== "AbortError") refuse(error);
  }
  showOutcome(await outcomeOf(form, response.headers.get("x-request-id")));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (running) return;
  running = new AbortController();
  begin();
  try {
    await run(running.signal);
  } catch (error) {
    say("");
    if (error.name !== "AbortError") refuse(error);
  }
  running = null;
  showRunning(form, false);
});

form.querySelector("[data-stop]").addEventListener("click", () => {
  say("stopping");
  running?.abort();
});
