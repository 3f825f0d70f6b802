// The shape of a speech, drawn while it comes, and where one is in it. Click it to go there; the
// <audio> element beside it does the same by keyboard.

import { RATE, file } from "./samples.js";

const BAR = 3; // pixels of the canvas
const GAP = 2;
const REST = 4; // times as long as the last look took, until the next one

export class Wave {
  constructor(canvas, audio) {
    this.canvas = canvas;
    this.audio = audio;
    this.clear();
    audio.addEventListener("timeupdate", () => this.draw());
    audio.addEventListener("seeked", () => this.draw());
    canvas.addEventListener("click", (event) => this.go(event));
  }

  clear() {
    this.peaks = [];
    this.seconds = 0;
    this.isBusy = false;
    this.notBefore = 0;
    this.turn = (this.turn ?? 0) + 1;
    this.draw();
  }

  // Look at all that has come. Decoding takes time, so not at each piece, unless it is the last.
  async look(parts, format, type, { isLast = false } = {}) {
    const turn = this.turn;
    if (!isLast && (this.isBusy || performance.now() < this.notBefore)) return;
    this.isBusy = true;
    const began = performance.now();
    try {
      const bytes = await file(parts, format, type).arrayBuffer();
      const decoded = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes);
      if (turn === this.turn) this.take(decoded);
    } catch {
      // what is not complete may be unreadable: the next look has more of it
    }
    this.isBusy = false;
    this.notBefore = performance.now() + REST * (performance.now() - began);
  }

  take(decoded) {
    const samples = decoded.getChannelData(0);
    const bars = Math.floor(this.canvas.width / (BAR + GAP));
    const size = Math.max(1, Math.ceil(samples.length / bars));
    this.seconds = decoded.duration;
    this.peaks = Array.from({ length: bars }, (_, bar) => {
      let peak = 0;
      const end = Math.min(samples.length, (bar + 1) * size);
      for (let i = bar * size; i < end; i += 1) peak = Math.max(peak, Math.abs(samples[i]));
      return peak;
    });
    this.draw();
  }

  draw() {
    const { width, height } = this.canvas;
    const context = this.canvas.getContext("2d");
    const loudest = Math.max(0.05, ...this.peaks);
    const here = this.seconds ? this.audio.currentTime / this.seconds : 0;
    context.clearRect(0, 0, width, height);
    context.fillStyle = getComputedStyle(this.canvas).color;
    this.peaks.forEach((peak, bar) => {
      const tall = Math.max(2, (peak / loudest) * height);
      context.globalAlpha = bar / this.peaks.length < here ? 1 : 0.4;
      context.fillRect(bar * (BAR + GAP), (height - tall) / 2, BAR, tall);
    });
  }

  go(event) {
    if (!this.seconds || !Number.isFinite(this.audio.duration)) return;
    this.audio.currentTime = (event.offsetX / this.canvas.clientWidth) * this.seconds;
  }
}
