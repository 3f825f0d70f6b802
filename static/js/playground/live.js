// Hearing a speech while it is made. What comes is given to `push` as it comes; at the end the
// <audio> element plays all of it, and goes on from where the listener is.
//
// MP3 and AAC are fed to the element itself; samples (wav, pcm) are played one after the other,
// since no browser takes them in pieces; the other formats are heard when they are complete.

import { RATE, playable, samplesOf } from "./samples.js";

const LEAD_SECONDS = 0.15; // before the first samples, so that the next are there in time

class Fed {
  constructor(audio, type) {
    this.audio = audio;
    this.queue = [];
    this.isWhole = false;
    this.source = new MediaSource();
    this.source.addEventListener("sourceopen", () => this.open(type), { once: true });
    audio.src = URL.createObjectURL(this.source);
    audio.play().catch(() => {}); // the listener may press play
  }

  open(type) {
    this.buffer = this.source.addSourceBuffer(type);
    this.buffer.addEventListener("updateend", () => this.feed());
    this.feed();
  }

  push(bytes) {
    this.queue.push(bytes);
    this.feed();
  }

  feed() {
    if (!this.buffer || this.buffer.updating || this.source.readyState !== "open") return;
    if (this.queue.length) this.buffer.appendBuffer(this.queue.shift());
    else if (this.isWhole) this.source.endOfStream();
  }

  end() {
    this.isWhole = true; // the element goes on by itself, with what it has
    this.feed();
  }
}

class Scheduled {
  constructor(audio, format) {
    this.audio = audio;
    this.read = samplesOf(format);
    this.context = new AudioContext({ sampleRate: RATE });
    this.next = 0; // when the next samples begin, by the context's clock
    this.seconds = 0; // scheduled so far
  }

  push(bytes) {
    const samples = this.read(bytes);
    if (!samples.length) return;
    const buffer = this.context.createBuffer(1, samples.length, RATE);
    buffer.copyToChannel(samples, 0);
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.context.destination);
    this.next = Math.max(this.next, this.context.currentTime + LEAD_SECONDS);
    source.start(this.next);
    this.next += buffer.duration;
    this.seconds += buffer.duration;
  }

  end(url, { goOn }) {
    const heard = Math.max(0, this.seconds - Math.max(0, this.next - this.context.currentTime));
    this.context.close();
    this.audio.src = url;
    this.audio.currentTime = heard;
    if (goOn && heard < this.seconds) this.audio.play().catch(() => {});
  }
}

class Later {
  constructor(audio) {
    this.audio = audio;
  }

  push() {}

  end(url, { goOn }) {
    this.audio.src = url;
    if (goOn) this.audio.play().catch(() => {});
  }
}

// type: the media type of the answer; format: what was asked for.
export function liveFor(audio, type, format) {
  if (playable(format)) return new Scheduled(audio, format);
  if (window.MediaSource?.isTypeSupported(type)) return new Fed(audio, type);
  return new Later(audio);
}
