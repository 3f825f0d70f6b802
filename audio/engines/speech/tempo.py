"""Speech made faster or slower without changing its pitch, while it streams."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from audio.engines.base import Said
from audio.engines.speech.sound import Sound

if TYPE_CHECKING:
    from av import AudioFrame
    from av.filter import Graph

_STEP = 2.0
"""As much as one `atempo` filter does well: it accepts no less than half the pace, and beyond twice
the pace it leaves out samples (ffmpeg's own documentation)."""


def stretched(parts: Iterator[Sound], factor: float, *, sample_rate: int) -> Iterator[Sound]:
    """The parts of a stream, `factor` times as fast; 0.25 to 100.

    It is ffmpeg's `atempo` filter; sound comes out a few hundredths of a second after it went in.
    """
    graph = _atempo(factor, sample_rate)
    waiting: list[Said] = []
    given = made = 0
    for part in parts:
        began = given / sample_rate
        waiting += [replace(said, at=began + said.at) for said in part.said]
        given += len(part.samples)
        graph.push(_frame(part.samples, sample_rate))
        for samples in _ready(graph):
            yield Sound(samples, _begun(waiting, factor, made / sample_rate))
            made += len(samples)
            waiting = []
    graph.push(None)
    for samples in _ready(graph):
        yield Sound(samples, _begun(waiting, factor, made / sample_rate))
        made += len(samples)
        waiting = []


def _begun(waiting: Sequence[Said], factor: float, before: float) -> tuple[Said, ...]:
    """Where pieces begin in what comes out now, after so many seconds.

    waiting: their seconds are those of what went in.
    """
    return tuple(
        Said(said.text, at=max(0.0, said.at / factor - before), pause=said.pause / factor)
        for said in waiting
    )


def _atempo(factor: float, sample_rate: int) -> Graph:
    from av.filter import Graph

    graph = Graph()
    source = graph.add_abuffer(sample_rate=sample_rate, format="flt", layout="mono")
    steps = max(1, math.ceil(abs(math.log(factor, _STEP))))
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
