// The page of speech: send the form, play and draw what comes, keep it, say what it cost.

import "./fields.js";
import { liveFor } from "./live.js";
import { remember } from "./results.js";
import { file } from "./samples.js";
import { clear, nameIn, outcomeOf, refuse, say, send, showOutcome, showRunning } from "./request.js";
import { Wave } from "./wave.js";

const form = document.getElementById("run");
const text = document.getElementById("input");
const player = document.getElementById("player");
const audio = player.querySelector("audio");
const download = document.getElementById("download");
const wave = new Wave(player.querySelector("canvas"), audio);
let running = null;

function begin() {
  clear();
  wave.clear();
  audio.pause();
  audio.removeAttribute("src");
  audio.load();
  download.hidden = true;
  showOutcome(null);
  document.getElementById("nothing-yet").hidden = true;
  player.hidden = false;
  showRunning(form, true);
  say("making");
}

// All pieces of an answer; `isCut` when it was stopped or broke before its end.
async function received(response, live, format, type) {
  const parts = [];
  const reader = response.body.getReader();
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      if (!parts.length) say("playing");
      parts.push(piece.value);
      live.push(piece.value);
      wave.look(parts, format, type);
    }
    return { parts, isCut: false };
  } catch (error) {
    if (error.name !== "AbortError") refuse(error);
    return { parts, isCut: true };
  }
}

async function hear(response, { said, about, format }) {
  const type = response.headers.get("Content-Type");
  const live = liveFor(audio, type, format);
  const { parts, isCut } = await received(response, live, format, type);
  const url = URL.createObjectURL(file(parts, format, type));
  live.end(url, { goOn: !isCut });
  await wave.look(parts, format, type, { isLast: true });
  const name = nameIn(response) ?? `speech.${format}`;
  const made = { text: said, url, name, download: URL.createObjectURL(new Blob(parts, { type })) };
  download.href = made.download;
  download.download = name;
  download.hidden = !parts.length;
  const outcome = await outcomeOf(form, response.headers.get("x-request-id"));
  showOutcome(outcome);
  if (!parts.length) return;
  remember({ ...made, about: [about, outcome?.cost].filter(Boolean).join(" · ") }, async () => {
    audio.src = url;
    audio.play();
    wave.clear();
    await wave.look(parts, format, type, { isLast: true });
  });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (running) return;
  running = new AbortController();
  begin();
  const { response_format: { value: format }, voice } = form.elements;
  const asked = { said: text.value, about: `${voice.value} · ${format}`, format };
  try {
    await hear(await send(form, { accept: "audio/*", signal: running.signal }), asked);
  } catch (error) {
    say("");
    if (error.name !== "AbortError") refuse(error);
  }
  running = null;
  showRunning(form, false);
});

form.querySelector("[data-stop]").addEventListener("click", () => {
  say("stopping");
  audio.pause();
  running?.abort();
});
