"""How many bits the samples of a recording have, and how many are kept in a lossless format. This
runs in the confined process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

_LOSSLESS_FLOATS = ("pcm_", "wavpack")
"""How the names of decoders begin whose floats are the recording's own."""
_SAMPLES_BITS = 36
"""Of the number of samples in a STREAMINFO (RFC 9639, 8.2), which the five bits of the depth are
before; both end with its 18th byte."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Of each sample. form: FFmpeg's packed format in which the encoder is given it."""

    bits: int
    form: str
    wav_codec: str
    flac_options: Mapping[str, str]


_16 = Kept(16, "s16", "pcm_s16le", {})
_24 = Kept(24, "s32", "pcm_s24le", {})
_32 = Kept(32, "s32", "pcm_s32le", {"strict": "-2", "bits_per_raw_sample": "32"})
_FLOAT = Kept(32, "flt", "pcm_f32le", {})


@dataclass(frozen=True, slots=True)
class Depth:
    """bits: of each sample, 0 for those of a lossy codec, which have none of their own."""

    bits: int
    is_float: bool = False

    def kept(self, *, is_wav: bool, fully: bool) -> Kept:
        """What a lossless format makes of it. fully: more than is usual of a lossy recording."""
        if self.is_float:
            return _FLOAT if is_wav else _24
        if not self.bits:
            return _24 if fully else _16
        return _16 if self.bits <= 16 else _24 if self.bits <= 24 else _32


def depth_of(stream: AudioStream, frame: AudioFrame) -> Depth:
    """frame: the first of the stream."""
    form = frame.format.name.removesuffix("p")
    name = stream.codec_context.name
    if form in ("flt", "dbl"):
        is_own = name.startswith(_LOSSLESS_FLOATS)
        return Depth((32 if form == "flt" else 64) if is_own else 0, is_float=is_own)
    if form in ("u8", "s16"):
        return Depth(16) if form == "s16" else Depth(8)
    return Depth(_bits_of_integers(stream, frame))


def _bits_of_integers(stream: AudioStream, frame: AudioFrame) -> int:
    """Of samples that lie in 32 bits, on the left."""
    name, extra = stream.codec_context.name, stream.codec_context.extradata or b""
    if name == "flac" and len(extra) >= 18:
        told = int.from_bytes(extra[10:18], "big") >> _SAMPLES_BITS
        return (told & 0x1F) + 1
    if name.startswith("pcm_") and ("24" in name or "20" in name):
        return 24
    if name.startswith("pcm_"):
        return 32
    low = np.frombuffer(memoryview(frame.planes[0])[: frame.samples * 4], np.uint32) & 0xFF
    return 32 if low.any() else 24
