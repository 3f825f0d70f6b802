"""How loud a voice is, by EBU R128, and the one gain that brings it to the level of all."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TARGET_LUFS = -23.0
"""The level of every voice, and of every programme in EBU R128. Speech has peaks 14 to 19 dB above
it, so that nothing has to be limited."""
HIGHEST_DBTP = -2.0
"""Where the highest peak of what was measured may come to lie: louder moments need room."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """lufs: the integrated loudness, -inf of silence; peak_db: the true peak, dB of full scale."""

    lufs: float
    peak_db: float


def loudness(samples: NDArray[np.float32], sample_rate: int) -> Loudness:
    """Of mono samples, shape (n,), by ffmpeg's `ebur128`. sample_rate: Hz."""
    import av
    from av.filter import Graph

    graph = Graph()
    source = graph.add_abuffer(sample_rate=sample_rate, format="flt", layout="mono")
    meter = graph.add("ebur128", "metadata=1:peak=true")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(samples, np.float32)[None], format="flt", layout="mono"
    )
    frame.sample_rate = sample_rate
    graph.push(frame)
    graph.push(None)
    told: dict[str, str] = {}
    while True:
        try:
            told |= graph.pull().metadata
        except (av.BlockingIOError, av.EOFError):
            break
    peak = float(told.get("lavfi.r128.true_peak", 0.0))
    lufs = float(told.get("lavfi.r128.I", -math.inf))
    return Loudness(lufs, 20 * math.log10(peak) if peak > 0 else -math.inf)


def gain_db(found: Loudness) -> float:
    """What brings a voice to the level of all, as far as its peaks allow."""
    return min(TARGET_LUFS - found.lufs, HIGHEST_DBTP - found.peak_db)
