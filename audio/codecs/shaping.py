"""From the frames of a recording to frames of one shape, as long as they were, to the sample. This
runs in the confined process."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame

from audio.codecs.demuxing import raise_if_beyond_reason
from audio.codecs.levels import SILENCE

TYPES = {"s16": (np.int16, 2.0**15), "s32": (np.int32, 2.0**31), "flt": (np.float32, 1.0)}
"""Of packed samples: what they are in memory, and full scale."""
_NO_PLACES = "channels"
"""How the name of a layout ends that is only a number of channels."""
_SILENT_SAMPLES = 16_384
"""Of a frame of silence."""


class Shaper:
    """Makes frames of any shape into packed frames of one. A stream may change on its way."""

    def __init__(self, *, form: str, layout: str, rate: int, relabels: bool) -> None:
        """relabels: whether channels are taken as they come, whatever places they have."""
        self.form, self.layout, self.rate = form, layout, rate
        self._relabels = relabels
        self.channels = len(av.AudioLayout(layout).channels)
        self._stretch: _Stretch | None = None
        self.seconds = Fraction(0)
        """Of sound that came in."""

    def shaped(self, frame: AudioFrame) -> Iterator[AudioFrame]:
        """What comes of the next frame, perhaps nothing yet."""
        frame.pts = None
        self.seconds += Fraction(frame.samples, frame.sample_rate)
        if self._stretch is None or self._stretch.shape != shape_of(frame):
            yield from self.rest()
            raise_if_beyond_reason(frame.layout.nb_channels, frame.sample_rate)
            self._stretch = _Stretch(self, frame)
        yield from self._stretch.shaped(frame)

    def silence(self, seconds: float) -> Iterator[AudioFrame]:
        """So much of nothing, after what the filters still have."""
        yield from self.rest()
        left = round(seconds * self.rate)
        while left > 0:
            some = min(left, _SILENT_SAMPLES)
            yield self.packed(some)
            left -= some

    def rest(self) -> Iterator[AudioFrame]:
        """What the filters still have."""
        if self._stretch is not None:
            yield from self._stretch.rest()
            self._stretch = None

    def packed(self, samples: int, data: bytes = b"") -> AudioFrame:
        """A frame of these bytes, and of zeros after them."""
        frame = AudioFrame(self.form, self.layout, samples)
        frame.sample_rate = self.rate
        size = samples * self.channels * np.dtype(TYPES[self.form][0]).itemsize
        content = data[:size] + bytes(size - len(data[:size]))
        plane = frame.planes[0]
        plane.update(content + bytes(plane.buffer_size - size))
        return frame

    def bytes_of(self, frame: AudioFrame) -> memoryview:
        """The samples of a packed frame."""
        size = frame.samples * self.channels * np.dtype(TYPES[self.form][0]).itemsize
        return memoryview(frame.planes[0])[:size]

    def relabels(self, layout: av.AudioLayout) -> bool:
        """Whether channels of these places are taken as they come: mixing would change them."""
        is_as_many = layout.nb_channels == self.channels
        return is_as_many and (self._relabels or layout.name.endswith(_NO_PLACES))

    def has_sound(self, frame: AudioFrame) -> bool:
        """Whether a packed frame is more than silence."""
        kind, full_scale = TYPES[self.form]
        samples = np.frombuffer(self.bytes_of(frame), kind)
        peak = max(float(samples.max(initial=0)), -float(samples.min(initial=0)))
        return peak >= SILENCE * full_scale


class _Stretch:
    """As long as a stream keeps its shape: filters remember what went before."""

    def __init__(self, shaper: Shaper, frame: AudioFrame) -> None:
        self.shape = shape_of(frame)
        self._shaper = shaper
        self._keeps_places = shaper.relabels(frame.layout)
        layout = frame.layout if self._keeps_places else shaper.layout
        self._resampler = av.AudioResampler(shaper.form, layout, shaper.rate)
        self._in = self._out = 0

    def shaped(self, frame: AudioFrame) -> Iterator[AudioFrame]:
        self._in += frame.samples
        yield from self._counted(self._resampler.resample(frame))

    def rest(self) -> Iterator[AudioFrame]:
        """libswresample may be a sample off, which is evened out."""
        due = math.ceil(Fraction(self._in * self._shaper.rate, self.shape[2]))
        for frame in self._counted(self._resampler.resample(None)):
            over = self._out - due
            if over <= 0:
                yield frame
            elif over < frame.samples:
                self._out = due
                kept = bytes(self._shaper.bytes_of(frame))
                yield self._shaper.packed(frame.samples - over, kept)
        if self._out < due:
            yield self._shaper.packed(due - self._out)

    def _counted(self, frames: Iterable[AudioFrame | None]) -> Iterator[AudioFrame]:
        for frame in frames:
            # a filter that has nothing to do gives back what it got, also nothing
            if frame is not None and frame.samples:
                self._out += frame.samples
                if self._keeps_places and frame.layout.name != self._shaper.layout:
                    content = bytes(self._shaper.bytes_of(frame))
                    yield self._shaper.packed(frame.samples, content)
                else:
                    yield frame


def shape_of(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def without_padding(frames: Iterable[AudioFrame], due: int | None) -> Iterator[AudioFrame]:
    """The frames of a stream that says how many samples it has, without what its encoder filled the
    last frame up with."""
    if due is None:
        yield from frames
        return
    before, position = None, 0
    for frame in frames:
        if before is not None:
            yield before
        before = frame
        position += frame.samples
    if before is None:
        return
    over = position - due
    yield _cut(before, before.samples - over) if 0 < over < before.samples else before


def _cut(frame: AudioFrame, samples: int) -> AudioFrame:
    """Its first samples."""
    fifo = av.AudioFifo()
    frame.pts = None
    fifo.write(frame)
    cut = fifo.read(samples)
    return frame if cut is None else cut
