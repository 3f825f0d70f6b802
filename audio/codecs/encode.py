"""Encode generated speech into the six formats of the speech endpoint, piece by piece.

Whatever the engine's rate, what leaves is 24 kHz mono: the formats' readers rely on it, and raw
`pcm` at another rate would play at the wrong pitch. Everything runs in this process, in PyAV.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import IO, cast

import av
import numpy as np
from numpy.typing import NDArray

from audio.codecs import flac
from audio.engines.base import AudioChunk

OUTPUT_RATE = 24_000
"""Hz. Every format leaves at this rate, mono."""

BYTES_PER_SAMPLE = 2
WAV_HEADER_BYTES = 44
UNKNOWN_SIZE = 0xFFFF_FFFF
"""What a streamed WAV says in its size fields: readers take it as "until the end"."""


class SpeechFormat(StrEnum):
    """`response_format` of the speech endpoint."""

    MP3 = "mp3"
    OPUS = "opus"
    AAC = "aac"
    FLAC = "flac"
    WAV = "wav"
    PCM = "pcm"

    @property
    def content_type(self) -> str:
        """The media type that the response carries."""
        return "audio/mpeg" if self is SpeechFormat.MP3 else f"audio/{self.value}"


LENGTH_FIRST = (SpeechFormat.WAV, SpeechFormat.FLAC)
"""Formats that say their length in their first bytes, for readers who insist on the truth."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How FFmpeg makes a format: container, codec, and options so that bytes leave at once."""

    muxer: str
    codec: str
    bits_per_second: int | None = None
    muxer_options: dict[str, str] = field(default_factory=dict)
    codec_options: dict[str, str] = field(default_factory=dict)


_RECIPES = {
    SpeechFormat.MP3: Recipe(
        "mp3",
        "libmp3lame",
        bits_per_second=64_000,
        # a Xing header is written back into the first frame at the end: a stream cannot do that
        muxer_options={"write_xing": "0", "id3v2_version": "0"},
        # without the bit reservoir a frame never waits for, or refers to, another
        codec_options={"reservoir": "0", "compression_level": "5"},
    ),
    SpeechFormat.OPUS: Recipe(
        "ogg",
        "libopus",
        bits_per_second=48_000,
        muxer_options={"page_duration": "20000"},  # microseconds: one packet a page
        codec_options={"application": "audio"},
    ),
    SpeechFormat.AAC: Recipe("adts", "aac", bits_per_second=64_000),
    SpeechFormat.FLAC: Recipe("flac", "flac", muxer_options={"metadata_header_padding": "0"}),
}


class Encoder:
    """Encodes one speech: `encode` every chunk in order, then `finish` once; join what they return.

    total_samples: the length at `OUTPUT_RATE` when it is known beforehand (`output_samples` tells
    it); the formats of `LENGTH_FIRST` then say it. The others do not need it.
    """

    def __init__(self, fmt: SpeechFormat, *, total_samples: int | None = None) -> None:
        self._resampler = Resampler()
        self._sink: PcmSink | MuxedSink
        if fmt in _RECIPES:
            self._sink = MuxedSink(_RECIPES[fmt], ByteSink())
        elif fmt is SpeechFormat.WAV:
            self._sink = PcmSink(wav_header(total_samples))
        else:
            self._sink = PcmSink(b"")
        self._format = fmt
        self._total_samples = total_samples
        self._flac_head = b""
        self._flac_digest = hashlib.md5(usedforsecurity=False)

    @property
    def samples_out(self) -> int:
        """Samples at `OUTPUT_RATE` that went into the encoder so far; exact after `finish`."""
        return self._resampler.samples_out

    @property
    def milliseconds(self) -> int:
        """Length of all audio given to `encode` so far, a started millisecond counted whole.

        It is counted from the engine's samples: neither priming, padding nor rounding is in it.
        """
        return math.ceil(self._resampler.seconds_in * 1000)

    def encode(self, chunk: AudioChunk) -> bytes:
        """Take the next chunk, return the bytes that are ready (b"" when none are yet)."""
        return self._written(self._resampler.resample(chunk))

    def finish(self) -> bytes:
        """Return everything still inside the resampler and the codec.

        Raises ValueError when the audio was not `total_samples` long: the header was wrong then.
        """
        tail = self._written(self._resampler.flush(), last=True)
        if self._total_samples not in (None, self.samples_out):
            raise ValueError(
                f"{self._total_samples} samples were announced, {self.samples_out} were encoded."
                " Give total_samples=output_samples(...) of the same audio, or None."
            )
        return tail

    def exact_head(self) -> bytes:
        """The first bytes as they are for the whole speech: what a copy that is kept begins with.

        Call it after `finish`. Empty for formats that do not say their length there.
        """
        if self._format is SpeechFormat.WAV:
            return wav_header(self.samples_out)
        if self._format is SpeechFormat.FLAC and self._flac_head:
            return flac.with_length(self._flac_head, self.samples_out, self._flac_digest.digest())
        return b""

    def _written(self, samples: NDArray[np.int16], *, last: bool = False) -> bytes:
        data = self._sink.write(samples) + (self._sink.close() if last else b"")
        if self._format is not SpeechFormat.FLAC:
            return data
        self._flac_digest.update(samples.astype("<i2").tobytes())
        if data and not self._flac_head:
            if self._total_samples is not None:
                data = flac.with_length(data, self._total_samples)
            self._flac_head = data[: flac.HEAD_BYTES]
        return data


def encode_whole(chunks: Iterable[AudioChunk], fmt: SpeechFormat) -> bytes:
    """Encode a speech that is complete: it says its exact length where its format has a place."""
    encoder = Encoder(fmt)
    body = b"".join([encoder.encode(chunk) for chunk in chunks]) + encoder.finish()
    head = encoder.exact_head()
    return head + body[len(head) :]


def output_samples(samples: int, sample_rate: int) -> int:
    """How many samples at `OUTPUT_RATE` `samples` at `sample_rate` Hz become."""
    return math.ceil(Fraction(samples * OUTPUT_RATE, sample_rate))


def wav_header(samples: int | None) -> bytes:
    """RIFF header of 16-bit mono PCM at `OUTPUT_RATE`; None: of unknown length."""
    data_bytes = UNKNOWN_SIZE if samples is None else samples * BYTES_PER_SAMPLE
    riff_bytes = UNKNOWN_SIZE if samples is None else data_bytes + WAV_HEADER_BYTES - 8
    pcm, mono = 1, 1
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", riff_bytes, b"WAVE", b"fmt ", 16, pcm, mono, OUTPUT_RATE),
        *(OUTPUT_RATE * BYTES_PER_SAMPLE, BYTES_PER_SAMPLE, 8 * BYTES_PER_SAMPLE),
        *(b"data", data_bytes),
    )


class Resampler:
    """Float samples of any rate to int16 at `OUTPUT_RATE`: `output_samples` of them, exactly."""

    def __init__(self) -> None:
        self.seconds_in = Fraction(0)
        self.samples_out = 0
        self._start(OUTPUT_RATE)

    def resample(self, chunk: AudioChunk) -> NDArray[np.int16]:
        head = _NO_SAMPLES
        if chunk.sample_rate != self._rate:
            head = self.flush()
            self._start(chunk.sample_rate)
        if not len(chunk.samples):
            return head
        self._samples_in += len(chunk.samples)
        self.seconds_in += Fraction(len(chunk.samples), chunk.sample_rate)
        ready = _samples(self._swr.resample(_float_frame(chunk)))
        self._emitted += len(ready)
        self.samples_out += len(ready)
        return np.concatenate([head, ready])

    def flush(self) -> NDArray[np.int16]:
        """What the filter still holds; libswresample may be one sample off, which is evened out."""
        due = output_samples(self._samples_in, self._rate) - self._emitted
        tail = _samples(self._swr.resample(None))[:due] if self._samples_in else _NO_SAMPLES
        tail = np.pad(tail, (0, due - len(tail)))
        self.samples_out += len(tail)
        self._start(self._rate)
        return tail

    def _start(self, rate: int) -> None:
        self._rate = rate
        self._swr = av.AudioResampler("s16", "mono", OUTPUT_RATE)
        self._samples_in = self._emitted = 0  # since the filter was last empty


class PcmSink:
    """Samples as they are, behind an optional header."""

    def __init__(self, header: bytes) -> None:
        self._header = header

    def write(self, samples: NDArray[np.int16]) -> bytes:
        header, self._header = self._header, b""
        return header + samples.astype("<i2").tobytes()

    def close(self) -> bytes:
        return self.write(_NO_SAMPLES)


class MuxedSink:
    """Samples through a codec and a container that FFmpeg writes."""

    def __init__(self, recipe: Recipe, sink: ByteSink | IO[bytes]) -> None:
        self._bytes = sink
        self._container = av.open(
            sink,
            "w",
            format=recipe.muxer,
            options={**recipe.muxer_options, "flush_packets": "1"},
        )
        self._stream = cast(
            av.AudioStream,
            self._container.add_stream(
                recipe.codec, rate=OUTPUT_RATE, options=recipe.codec_options
            ),
        )
        self._stream.layout = "mono"
        if recipe.bits_per_second:
            self._stream.bit_rate = recipe.bits_per_second
        self._container.start_encoding()
        self._position = 0

    def write(self, samples: NDArray[np.int16]) -> bytes:
        if len(samples):
            frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
            frame.sample_rate = OUTPUT_RATE
            frame.time_base = Fraction(1, OUTPUT_RATE)
            frame.pts = self._position
            self._position += len(samples)
            self._container.mux(self._stream.encode(frame))
        return self._taken()

    def close(self) -> bytes:
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._taken()

    def _taken(self) -> bytes:
        """What there is to be sent; nothing where a file takes it."""
        return self._bytes.take() if isinstance(self._bytes, ByteSink) else b""


class ByteSink:
    """The file that a muxer writes to: no seeking, so it never goes back to patch a header."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        data = b"".join(self._parts)
        self._parts.clear()
        return data


_NO_SAMPLES = np.zeros(0, np.int16)


def _float_frame(chunk: AudioChunk) -> av.AudioFrame:
    # clipped here: beyond the range of int32 libswresample would wrap; NaN would be undefined
    samples = np.nan_to_num(np.clip(chunk.samples, -1.0, 1.0)).astype(np.float32, copy=False)
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="flt", layout="mono")
    frame.sample_rate = chunk.sample_rate
    return frame


def _samples(frames: Iterable[av.AudioFrame]) -> NDArray[np.int16]:
    return np.concatenate([_NO_SAMPLES, *(frame.to_ndarray()[0] for frame in frames)])
