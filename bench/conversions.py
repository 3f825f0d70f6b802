"""What conversions keep and how fast they are: `python -m bench.conversions [--seconds 60]`.

A stereo recording of 24 bits at 48 kHz, chords in noise, goes into each format and back into
samples. Asked of each: how many samples come back, how much of the level is kept, how far the sound
is from what it was, and how many seconds a second of one core converts. PyAV decodes as players do,
but for `m4a`, which says its end in an edit list that FFmpeg leaves alone.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import psutil
from numpy.typing import NDArray

from audio.codecs.convert import convert, converter_process
from audio.codecs.targets import Quality, Target
from audio.codecs.verdict import DecodeLimits
from bench.report import table

RATE = 48_000
Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """spare: samples that come back beyond those that went in; level_db: of the level that is lost;
    apart_db: how far below the sound the difference is, None where there is none; speed: seconds in
    a second of a core's time."""

    target: Target
    quality: Quality
    kilobits: float
    spare: int
    level_db: float
    apart_db: float | None
    speed: float

    def cells(self) -> list[str]:
        apart = "the same to the bit" if self.apart_db is None else f"{self.apart_db:.0f} dB"
        return [
            f"{self.target} {self.quality}",
            f"{self.kilobits:.0f}",
            f"{self.spare}",
            f"{self.level_db:+.2f}",
            apart,
            f"{self.speed:.0f} x",
        ]


def sound(seconds: int) -> NDArray[np.int32]:
    """Chords that change by the second, and noise; shape (samples, 2), 24 bits on the left."""
    rng = np.random.default_rng(11)
    time_of = np.arange(RATE) / RATE
    parts = []
    for _ in range(seconds):
        pitches = rng.uniform(100, 4_000, (2, 4))
        chord = np.sin(2 * np.pi * pitches[:, :, None] * time_of).sum(axis=1).T / 8
        parts.append(chord + rng.normal(0, 0.003, chord.shape))
    samples = np.clip(np.concatenate(parts), -0.99, 0.99) * 2**31
    return samples.astype(np.int32) & ~np.int32(0xFF)


def written(path: Path, samples: NDArray[np.int32]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 3, RATE, 0, "NONE", ""))
        packed = samples.astype("<i4").view(np.uint8).reshape(-1, 4)[:, 1:]
        file.writeframes(packed.tobytes())
    return path


def read(path: Path) -> Samples:
    """Shape (samples, 2), full scale being 1."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        to_s32 = av.AudioResampler("s32", "stereo", RATE)
        frames = [*container.decode(stream), None]
        pieces = [out.to_ndarray()[0] for frame in frames for out in to_s32.resample(frame) if out]
    return np.concatenate(pieces).reshape(-1, 2) / 2.0**31


def rows(source: Path, samples: NDArray[np.int32], folder: Path) -> Iterator[Row]:
    given = samples / 2.0**31
    seconds = len(given) / RATE
    limits = DecodeLimits(max_seconds=seconds + 1, cpu_seconds=900, output_bytes=2**31)
    for target in Target:
        for quality in target.recipe.qualities:
            if target.recipe.is_lossless and quality is not Quality.LOSSLESS:
                continue
            path = folder / f"made.{target}"
            before = cpu_seconds()
            with path.open("w+b") as output:
                convert(
                    source,
                    output,
                    target=target,
                    quality=quality,
                    limits=limits,
                    alive=lambda _seconds: None,
                )
            yield judged(target, quality, path, given, cpu_seconds() - before)


def cpu_seconds() -> float:
    """What the confined processes that have ended took of their core."""
    if converter_process.pid is None:
        return 0.0
    server = psutil.Process(converter_process.pid)
    while server.children():  # one answers just before it ends
        time.sleep(0.01)
    times = server.cpu_times()
    return float(times.children_user + times.children_system)


def judged(target: Target, quality: Quality, path: Path, given: Samples, took: float) -> Row:
    got = read(path)
    late = 1024 if target is Target.AAC else 0  # ADTS cannot say what its encoder puts before
    heard = got[late : late + len(given)]
    difference = heard - given[: len(heard)]
    seconds = len(given) / RATE
    return Row(
        target,
        quality,
        path.stat().st_size * 8 / 1000 / seconds,
        len(got) - len(given),
        20 * np.log10(power(heard) / power(given)),
        20 * np.log10(power(difference) / power(given)) if difference.any() else None,
        seconds / took,
    )


def power(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        samples = sound(asked.seconds)
        source = written(Path(folder) / "source.wav", samples)
        found = [row.cells() for row in rows(source, samples, Path(folder))]
    head = ["format", "kbit/s", "samples too many", "level, dB", "difference", "speed"]
    print(table(head, found))


if __name__ == "__main__":
    main()
