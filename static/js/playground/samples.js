// Samples in wav and pcm as the API sends them: 16 bits, one channel, 24 kHz.

export const RATE = 24000;
const WAV_HEADER_BYTES = 44;
const BYTES = 2;

export function playable(format) {
  return format === "wav" || format === "pcm";
}

// A function that takes bytes as they come, and gives the samples that are complete by then.
export function samplesOf(format) {
  let toSkip = format === "wav" ? WAV_HEADER_BYTES : 0;
  let rest = new Uint8Array(0);
  return (bytes) => {
    const skipped = Math.min(toSkip, bytes.length);
    toSkip -= skipped;
    const all = joined([rest, bytes.subarray(skipped)]);
    const whole = all.length - (all.length % BYTES);
    rest = all.slice(whole);
    const view = new DataView(all.buffer, 0, whole);
    return Float32Array.from({ length: whole / BYTES }, (_, i) => view.getInt16(i * BYTES, true) / 32768);
  };
}

export function joined(parts) {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

// A file that a browser plays, of what was received. A WAV that was streamed does not know its
// length, and raw samples have no header at all: both get one.
export function file(parts, format, type) {
  if (!playable(format)) return new Blob(parts, { type });
  const all = joined(parts);
  const samples = format === "wav" ? all.subarray(Math.min(WAV_HEADER_BYTES, all.length)) : all;
  return new Blob([header(samples.length), samples], { type: "audio/wav" });
}

function header(bytes) {
  const view = new DataView(new ArrayBuffer(WAV_HEADER_BYTES));
  const write = (at, text) => [...text].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  write(0, "RIFF");
  view.setUint32(4, 36 + bytes, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // samples as they are
  view.setUint16(22, 1, true); // one channel
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * BYTES, true);
  view.setUint16(32, BYTES, true);
  view.setUint16(34, BYTES * 8, true);
  write(36, "data");
  view.setUint32(40, bytes, true);
  return view.buffer;
}
