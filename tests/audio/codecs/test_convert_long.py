"""An hour of 96 kHz stereo goes through in the memory of a moment."""

from __future__ import annotations

import re
import wave
from pathlib import Path

import numpy as np
import psutil
import pytest

from audio.codecs.convert import convert, converter_process, seconds_told
from audio.codecs.targets import Quality, Target
from audio.codecs.verdict import DecodeLimits

pytestmark = pytest.mark.thorough

RATE, SECONDS = 96_000, 3600
MOST_MIB = 120
"""Of the confined process, the interpreter, numpy and PyAV included: these take a third of it."""
OWN_MIB = 30
"""By which the process that asked for it may grow."""


def hour(path: Path) -> Path:
    """Two tones with some noise, the same ten seconds over and over."""
    time = np.arange(RATE * 10) / RATE
    tones = np.stack([np.sin(2 * np.pi * hz * time) for hz in (440, 660)], 1)
    hiss = np.random.default_rng(3).normal(0, 0.02, tones.shape)
    block = ((0.4 * tones + hiss) * 32767).astype("<i2").tobytes()
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, RATE, 0, "NONE", ""))
        for _ in range(SECONDS // 10):
            file.writeframesraw(block)
    return path


def peak_mib(pid: int) -> float:
    """The most memory that a process has had. Linux's word for it is the high water mark."""
    status = Path(f"/proc/{pid}/status")
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
    except OSError:  # it has just ended
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


@pytest.mark.parametrize("target", [Target.FLAC, Target.OPUS])
def test_an_hour_of_96_khz_takes_the_memory_of_a_moment(tmp_path: Path, target: Target) -> None:
    source = hour(tmp_path / "hour.wav")
    limits = DecodeLimits(
        max_seconds=SECONDS + 1,
        cpu_seconds=SECONDS,
        wall_seconds=SECONDS,
        output_bytes=2 * 10**9,
    )
    assert seconds_told(source, limits=limits) == SECONDS
    own = psutil.Process()
    before = own.memory_info().rss
    peaks: list[float] = []

    def alive(_seconds: float) -> None:
        assert converter_process.pid is not None
        for child in psutil.Process(converter_process.pid).children():
            peaks.append(peak_mib(child.pid))

    with (tmp_path / "made").open("w+b") as output:
        made = convert(
            source, output, target=target, quality=Quality.HIGH, limits=limits, alive=alive
        )

    assert made.seconds == SECONDS
    assert 20 < max(peaks) < MOST_MIB
    assert own.memory_info().rss - before < OWN_MIB * 2**20
