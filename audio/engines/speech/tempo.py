"""Speech made faster or slower without changing its pitch, while it streams."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av import AudioFrame
    from av.filter import Graph

_SLOWEST_STEP = 0.5
"""What one `atempo` filter accepts; slower takes two."""


def stretched(
    parts: Iterator[NDArray[np.float32]], factor: float, *, sample_rate: int
) -> Iterator[NDArray[np.float32]]:
    """The parts of a stream, shape (n,) each, `factor` times as fast; 0.25 to 100.

    It is ffmpeg's `atempo` filter; sound comes out a few hundredths of a second after it went in.
    """
    graph = _atempo(factor, sample_rate)
    for part in parts:
        graph.push(_frame(part, sample_rate))
        yield from _ready(graph)
    graph.push(None)
    yield from _ready(graph)


def _atempo(factor: float, sample_rate: int) -> Graph:
    from av.filter import Graph

    graph = Graph()
    source = graph.add_abuffer(sample_rate=sample_rate, format="flt", layout="mono")
    steps = 1 if factor >= _SLOWEST_STEP else 2
    tempos = [graph.add("atempo", f"{factor ** (1 / steps):.6f}") for _ in range(steps)]
    chain = [source, *tempos, graph.add("abuffersink")]
    for before, after in pairwise(chain):
        before.link_to(after)
    graph.configure()
    return graph


def _frame(samples: NDArray[np.float32], sample_rate: int) -> AudioFrame:
    from av import AudioFrame

    row = np.ascontiguousarray(samples, dtype=np.float32)[None]
    frame = AudioFrame.from_ndarray(row, format="flt", layout="mono")
    frame.sample_rate = sample_rate
    return frame


def _ready(graph: Graph) -> Iterator[NDArray[np.float32]]:
    """What the filter has finished, in one piece."""
    import av

    parts = []
    while True:
        try:
            parts.append(graph.pull().to_ndarray().reshape(-1))
        except (av.BlockingIOError, av.EOFError):
            break
    if parts:
        yield np.concatenate(parts).astype(np.float32, copy=False)
