"""Put samples that were worked on back into a file of the kind that they come from. A film keeps
its pictures as they are. This runs in the confined process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from av.audio.frame import AudioFrame
from av.container import InputContainer

from audio.codecs.clock import zero_of
from audio.codecs.demuxing import blamed, opened, packets_of
from audio.codecs.depth import Depth
from audio.codecs.muxing import Pictures, Shape, Writer
from audio.codecs.sampling import FORM, pictures_in
from audio.codecs.shaping import Shaper, without_padding
from audio.codecs.tags import cover_of, tags_of
from audio.codecs.targets import Quality
from audio.codecs.verdict import DecodeLimits, Sampled

_BLOCK_SAMPLES = 48_000
_MOST_BYTES = 2**32 - 2**16
"""As many as a plain WAV can say that it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dubbing:
    """What is to be done. source: the file that `samples` come from, which `sampled` tells of;
    tell: is called with the seconds that are done."""

    source: BinaryIO
    demuxer: str
    samples: BinaryIO
    sampled: Sampled
    output: BinaryIO
    limits: DecodeLimits
    tell: Callable[[float], None]


def dub_file(asked: Dubbing) -> int:
    """Write the file. Returns how many samples each of its channels has.

    Raises Refused; the output is then incomplete. OSError where it cannot be written.
    """
    sampled, recipe = asked.sampled, asked.sampled.wrapping.recipe
    shape = _shape_for(sampled)
    with blamed(), opened(asked.source, asked.demuxer) as container:
        tags = tags_of(container, sampled.track)
        pictures = _pictures(asked, container)
        with Writer(
            asked.output,
            recipe,
            shape,
            tags=tags,
            cover=None if pictures else cover_of(asked.source, asked.demuxer),
            most_bytes=asked.limits.output_bytes or _MOST_BYTES,
            pictures=pictures,
        ) as writer:
            for frame in _frames(asked, shape):
                writer.write(frame)
                asked.tell(writer.samples / shape.rate)
    return writer.samples


def _pictures(asked: Dubbing, container: InputContainer) -> Pictures | None:
    streams = pictures_in(container) if asked.sampled.wrapping.has_pictures else []
    if not streams:
        return None
    begins = zero_of(container, asked.demuxer) or 0.0
    return Pictures(streams, packets_of(container, streams), begins)


def _shape_for(sampled: Sampled) -> Shape:
    """As the recording was, as far as the samples can have that."""
    recipe = sampled.wrapping.recipe
    rate = recipe.rate_for(min(sampled.source_rate, sampled.rate))
    if not recipe.is_lossless:
        return Shape(
            codec=recipe.codec or "",
            rate=rate,
            layout=recipe.layouts[sampled.channels],
            form=FORM,
            bits_per_second=recipe.bits_per_second(Quality.HIGH, sampled.channels),
            codec_options=recipe.codec_options,
        )
    kept = Depth(sampled.source_bits, sampled.is_float).kept(
        is_wav=recipe.codec is None, fully=False
    )
    return Shape(
        codec=recipe.codec or kept.wav_codec,
        rate=rate,
        layout=recipe.layouts[sampled.channels],
        form=kept.form,
        codec_options=kept.flac_options if recipe.codec else {},
    )


def _frames(asked: Dubbing, shape: Shape) -> Iterator[AudioFrame]:
    """The samples in the shape of the file, as many as there were."""
    due = round(asked.sampled.source_samples * shape.rate / asked.sampled.source_rate)
    yield from without_padding(_shaped(asked, shape), due)


def _shaped(asked: Dubbing, shape: Shape) -> Iterator[AudioFrame]:
    raw = Shaper(form=FORM, layout=shape.layout, rate=asked.sampled.rate, relabels=True)
    shaper = Shaper(form=shape.form, layout=shape.layout, rate=shape.rate, relabels=True)
    size = 4 * asked.sampled.channels
    while block := asked.samples.read(_BLOCK_SAMPLES * size):
        yield from shaper.shaped(raw.packed(len(block) // size, block))
    yield from shaper.rest()
