"""An independent judge of sound: the ffmpeg binary, which the server itself never uses."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
SPEECH_RATE = 24_000
"""Hz. What every speech format carries, mono."""


@dataclass(frozen=True)
class Sound:
    """What ffmpeg made of some bytes. samples: int16, shape (n,), of the first channel."""

    samples: NDArray[np.int16]
    rate: int
    channels: str
    codec: str

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    @property
    def loudness(self) -> float:
        """Root mean square, 0..1."""
        return float(np.sqrt(np.mean((self.samples / 32768.0) ** 2)))


def hear(data: bytes, *, raw_pcm: bool = False) -> Sound:
    """Decode audio of any kind that names itself, or OpenAI's headerless pcm."""
    given = ["-f", "s16le", "-ar", str(SPEECH_RATE), "-ac", "1"] if raw_pcm else []
    wanted = ["-f", "s16le", "-c:a", "pcm_s16le", "pipe:1"]
    args = [FFMPEG, "-hide_banner", *given, "-i", "pipe:0", *wanted]
    done = subprocess.run(args, input=data, capture_output=True, check=False)
    said = done.stderr.decode(errors="replace")
    assert done.returncode == 0, f"ffmpeg cannot decode it:\n{said}"
    found = re.search(r"Stream #0:0.*?: Audio: (\w+).*?, (\d+) Hz, ([^,]+)", said)
    assert found, f"ffmpeg found no audio stream:\n{said}"
    samples = np.frombuffer(done.stdout, dtype="<i2")
    return Sound(samples, int(found[2]), found[3].strip(), found[1])


def ffmpeg_convert(data: bytes, *output: str) -> bytes:
    """Let ffmpeg turn audio into another kind: `ffmpeg_convert(wav, "-f", "mp3")`."""
    args = [FFMPEG, "-v", "error", "-i", "pipe:0", *output, "pipe:1"]
    return subprocess.run(args, input=data, capture_output=True, check=True).stdout


def silence(path: Path, *, seconds: float) -> Path:
    """A wav file of silence, 16 kHz mono."""
    args = ["-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", str(seconds)]
    subprocess.run([FFMPEG, "-v", "error", "-y", *args, str(path)], check=True)
    return path
