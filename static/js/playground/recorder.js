// Recording from the microphone, with its level and a clock. What is recorded is put into the
// file chooser. Why it cannot be is told in words, which stand in data-* attributes.

import { choose } from "./recording.js";

const BITS_PER_SECOND = 32000; // an hour of speech has some 14 MB
const place = document.getElementById("recorder");
const part = (name) => place.querySelector(`[data-${name}]`);
const meter = document.getElementById("level");
const FAILURES = { NotAllowedError: "refused", NotFoundError: "missing", NotReadableError: "busy" };
let recorder = null;

function tellFailure(name) {
  part("failure").hidden = !name;
  part("failure").querySelector("[data-words]").textContent = place.dataset[name] ?? name;
}

function show(state) {
  part("record").hidden = state !== "inactive";
  for (const name of ["pause", "finish", "timer", "level"]) part(name).hidden = state === "inactive";
  part("pause").querySelector('[data-when="on"]').hidden = state === "paused";
  part("pause").querySelector('[data-when="off"]').hidden = state !== "paused";
}

// How loud it is, and how long it has been recorded, as often as the screen is drawn.
function watch(stream) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  const samples = new Float32Array(analyser.fftSize);
  context.createMediaStreamSource(stream).connect(analyser);
  let seconds = 0;
  let last = performance.now();
  const look = (now) => {
    if (recorder?.stream !== stream) {
      context.close();
      return;
    }
    if (recorder.state === "recording") seconds += (now - last) / 1000;
    last = now;
    analyser.getFloatTimeDomainData(samples);
    meter.value = recorder.state === "recording" ? Math.max(...samples.map(Math.abs)) : 0;
    const whole = Math.floor(seconds);
    part("timer").textContent = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

function keep(pieces, type) {
  const extension = type.includes("mp4") ? "m4a" : type.includes("ogg") ? "ogg" : "webm";
  choose(new File(pieces, `${place.dataset.name}.${extension}`, { type }));
}

async function record() {
  tellFailure("");
  document.getElementById("source").pause();
  if (!navigator.mediaDevices) {
    tellFailure("insecure");
    return;
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const pieces = [];
    recorder = new MediaRecorder(stream, { audioBitsPerSecond: BITS_PER_SECOND });
    recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    recorder.addEventListener("stop", () => {
      for (const track of stream.getTracks()) track.stop();
      keep(pieces, recorder.mimeType);
      recorder = null;
      show("inactive");
    });
    recorder.start();
    show("recording");
    watch(stream);
    part("finish").focus();
  } catch (error) {
    tellFailure(FAILURES[error.name] ?? error.message);
  }
}

if (window.MediaRecorder || !window.isSecureContext) {
  place.hidden = false;
  part("record").addEventListener("click", record);
  part("finish").addEventListener("click", () => recorder?.stop());
  part("pause").addEventListener("click", () => {
    if (recorder?.state === "paused") recorder.resume();
    else recorder?.pause();
    show(recorder?.state ?? "inactive");
  });
}
