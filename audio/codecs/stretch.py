"""From frames to blocks of floats at the rate that is listened to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import av
import numpy as np
from av.audio.frame import AudioFrame

from audio.codecs.clock import Timed
from audio.codecs.demuxing import raise_if_beyond_reason
from audio.codecs.mixing import Block, Mixer
from audio.codecs.verdict import PCM_RATE

BLOCK_SAMPLES = 32_768
"""Frames are gathered to this size before they are resampled: per frame it costs twice as much."""
_MISCOUNTED_PLANES = 8
_ABSURD = 1e8
"""No recorder means a sample beyond it, whatever it takes for full scale."""

Piece: TypeAlias = Block | float
"""Samples in rows, or seconds of silence."""


def pieces_of(timed: Iterable[Timed], mixer: Mixer) -> Iterator[Piece]:
    """The rows of a mixer. A stream may change its rate or layout on the way."""
    stretch: _Stretch | None = None
    for silence, frame in timed:
        if stretch and stretch.shape != _shape(frame):
            yield stretch.end()
            stretch = None
        if silence:
            # what the filters still hold, a millisecond, comes after it
            if stretch:
                yield stretch.flushed()
            yield silence
        stretch = stretch or _Stretch(frame, mixer)
        if stretch.gathers(frame):
            yield stretch.flushed()
    if stretch:
        yield stretch.end()


def _shape(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


class _Stretch:
    """As long as a stream keeps its shape: filters remember what went before."""

    def __init__(self, frame: AudioFrame, mixer: Mixer) -> None:
        raise_if_beyond_reason(frame.layout.nb_channels, frame.sample_rate)
        self.shape = _shape(frame)
        self._mixer = mixer
        self._places = [channel.name for channel in frame.layout.channels]
        self._fifo = av.AudioFifo()
        # PyAV counts the planes of eight channels wrongly, and reads what is no memory
        form = "fltp" if len(self._places) < _MISCOUNTED_PLANES else "flt"
        self._floats = av.AudioResampler(form, frame.layout, frame.sample_rate)
        self._rows = [av.AudioResampler("fltp", "mono", PCM_RATE) for _ in range(mixer.rows)]

    def gathers(self, frame: AudioFrame) -> bool:
        """Take a frame in; whether it is time to go on with what there is."""
        frame.pts = None  # the clock has been read
        self._fifo.write(frame)
        return self._fifo.samples >= BLOCK_SAMPLES

    def flushed(self) -> Block:
        """What was gathered, mixed and resampled."""
        gathered = self._fifo.read()
        if gathered is None:
            return np.zeros((self._mixer.rows, 0), np.float32)
        block = _joined(self._floats.resample(gathered), rows=len(self._places))
        if not block.max(initial=0.0) - block.min(initial=0.0) < _ABSURD:
            block[~(np.abs(block) < _ABSURD)] = 0.0  # not a number, or as good as none
        mixed = np.ascontiguousarray(self._mixer.mixed(block, self._places))
        frames = [_frame(mixed[number : number + 1], self.shape[2]) for number in range(len(mixed))]
        return self._resampled(frames)

    def end(self) -> Block:
        """What is left, also in the filters."""
        return np.concatenate([self.flushed(), self._resampled([None] * self._mixer.rows)], axis=1)

    def _resampled(self, frames: Sequence[AudioFrame | None]) -> Block:
        """frames: one for each row. The filters are alike, so that all are of one length."""
        pairs = zip(self._rows, frames, strict=True)
        rows = [_joined(row.resample(frame)) for row, frame in pairs]
        return rows[0] if len(rows) == 1 else np.concatenate(rows, axis=0)


def _frame(row: Block, rate: int) -> AudioFrame:
    frame = AudioFrame.from_ndarray(row, format="fltp", layout="mono")
    frame.sample_rate = rate
    return frame


def _joined(frames: Iterable[AudioFrame | None], *, rows: int = 1) -> Block:
    # a filter that has nothing to do gives back what it got, also nothing
    blocks: list[Block] = [
        np.asarray(frame.to_ndarray(), np.float32) for frame in frames if frame is not None
    ]
    unpacked = [block if len(block) == rows else block.reshape(-1, rows).T for block in blocks]
    if len(unpacked) == 1:
        return unpacked[0]
    return np.concatenate([np.zeros((rows, 0), np.float32), *unpacked], axis=1)
