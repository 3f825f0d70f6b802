"""An independent judge: the ffmpeg program, which shares no library with the product."""

from __future__ import annotations

import re
import struct
import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
TONE = ("-f", "lavfi", "-i", "sine=440:duration=2:sample_rate=44100")
"""Arguments for `make`."""


@dataclass(frozen=True)
class Heard:
    """What ffmpeg makes of a file, at the file's own rate and channels."""

    rate: int
    layout: str
    samples: NDArray[np.float32]

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    def pitch(self) -> float:
        """Hz of the strongest tone in the middle half, as precise as its length allows."""
        quarter = len(self.samples) // 4
        middle = self.samples[quarter:-quarter]
        spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
        return float(np.argmax(spectrum) * self.rate / len(middle))


def listen(data: bytes) -> Heard:
    """Decode mono audio, its format told from its bytes alone."""
    done = _run("-i", "-", "-f", "f32le", "-", stdin=data)
    told = re.search(rb"Stream #0.*Audio: .*?, (\d+) Hz, (\w+)", done.stderr)
    assert told, done.stderr.decode()
    return Heard(int(told[1]), told[2].decode(), np.frombuffer(done.stdout, np.float32))


def make(output: Path, *arguments: str) -> Path:
    """`make(path, "-f", "lavfi", "-i", "sine=440:duration=2", …)`"""
    _run(*arguments, str(output))
    return output


def sine(
    output: Path, *arguments: str, seconds: float = 2.0, rate: int = 44_100, hz: int = 440
) -> Path:
    """A tone, in the format that the file's name and the arguments tell."""
    source = f"sine={hz}:duration={seconds}:sample_rate={rate}"
    return make(output, "-f", "lavfi", "-i", source, *arguments)


def long_wav(output: Path, *, seconds: int = 7_000) -> Path:
    """Silence that takes seconds to decode and no time to make: its samples are a hole."""
    rate, size = 48_000, 96_000 * seconds
    with wave.open(str(output), "wb") as header:
        header.setparams((1, 2, rate, 0, "NONE", ""))
        header.writeframes(b"")
    with output.open("r+b") as file:
        file.seek(40)
        file.write(struct.pack("<I", size))
        file.truncate(44 + size)
    return output


def _run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [FFMPEG, "-hide_banner", "-nostats", "-y", *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done
