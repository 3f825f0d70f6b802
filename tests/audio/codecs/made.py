"""Recordings to be converted, of any depth, rate and layout, and what comes back of them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.stream import Disposition
from numpy.typing import NDArray

from audio.codecs.targets import Target
from audio.codecs.verdict import Converted, DecodeLimits

RATE = 44_100
SAMPLES = 3 * RATE + 777
LIMITS = DecodeLimits(max_seconds=600, output_bytes=50_000_000)
LOSSY = [target for target in Target if not target.recipe.is_lossless]
LOSSLESS = [target for target in Target if target.recipe.is_lossless]
EXACT = [target for target in Target if target.recipe.is_exact]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
TAGS = {
    "title": "Tür zum Meer",
    "artist": "Ada",
    "album": "Wellen",
    "track": "3/12",
    "date": "2026",
    "genre": "Jazz",
    "comment": "aufgenommen im März",
}
Convert = Callable[..., tuple[Path, Converted]]


def noise(channels: int = 2, samples: int = SAMPLES, seed: int = 7) -> NDArray[np.float64]:
    """A tone in each channel, with a little noise; shape (samples, channels), full scale: 1."""
    time = np.arange(samples) / RATE
    tones = np.stack([np.sin(2 * np.pi * 300 * (n + 1) * time) for n in range(channels)], 1)
    hiss = np.random.default_rng(seed).normal(0, 0.01, tones.shape)
    return np.clip(0.4 * tones + hiss, -0.95, 0.95)


def written(
    path: Path,
    samples: NDArray[np.float64],
    *,
    codec: str = "pcm_s16le",
    muxer: str = "wav",
    rate: int = RATE,
    layout: str = "stereo",
    tags: dict[str, str] | None = None,
    cover: bytes = b"",
) -> Path:
    """A recording, of integers of 16 or 24 bits or of floats, by what its codec is called."""
    form = "flt" if "f32" in codec else "s32" if "24" in codec or "32" in codec else "s16"
    scale = {"flt": 1.0, "s16": 2.0**15, "s32": 2.0**31}[form]
    kind = {"flt": np.float32, "s16": np.int16, "s32": np.int32}[form]
    values = (samples * scale).astype(kind)
    if "24" in codec:
        values &= ~np.int32(0xFF)
    with av.open(str(path), "w", format=muxer) as container:
        container.metadata.update(tags or {})
        stream = container.add_stream(codec, rate=rate)
        assert isinstance(stream, av.AudioStream)
        stream.layout = layout
        picture = None
        if cover:
            picture = container.add_mux_stream("png", width=1, height=1)
            picture.disposition = Disposition.attached_pic
        container.start_encoding()
        if picture is not None:
            packet = av.Packet(cover)
            packet.stream, packet.pts, packet.dts = picture, 0, 0
            packet.time_base = Fraction(1, 1000)
            container.mux(packet)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(values.reshape(1, -1)), format=form, layout=layout
        )
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def samples_of(path: Path) -> NDArray[Any]:
    """What PyAV decodes, whose shape is (samples * channels,) of packed samples."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        packed = av.AudioResampler(stream.format.packed, stream.layout, stream.rate)
        frames = [out for frame in container.decode(stream) for out in packed.resample(frame)]
        return np.concatenate([frame.to_ndarray()[0] for frame in frames if frame is not None])


def loudness(samples: NDArray[Any]) -> float:
    scale = float(np.iinfo(samples.dtype).max) if samples.dtype.kind == "i" else 1.0
    return float(np.sqrt(np.mean((samples.astype(np.float64) / scale) ** 2)))
