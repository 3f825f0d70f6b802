"""Convert one file into another format, frame by frame, in as much memory as a few frames take.
This runs in the confined process: it may be handed anything."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from audio.codecs.clock import Timed, by_clock, zero_of
from audio.codecs.demuxing import Refused, audio_stream, blamed, frames_of, opened
from audio.codecs.depth import Depth, depth_of
from audio.codecs.muxing import Shape, Writer
from audio.codecs.shaping import Shaper, without_padding
from audio.codecs.tags import Cover, cover_of, tags_of
from audio.codecs.targets import Quality, Recipe, Target
from audio.codecs.tracks import in_order
from audio.codecs.verdict import Converted, DecodeLimits, DecodeReason

Tell = Callable[[float], None]
_OF_A_TRACK = frozenset({DecodeReason.CORRUPT, DecodeReason.UNSUPPORTED, DecodeReason.SILENT})
"""What is wrong with one track may not be wrong with the next."""
_LONGEST_CLOCK_SECONDS = 36_000
"""Of a film, which may be far longer than its sound. Beyond that its clock is taken for broken."""
_MOST_BYTES = 2**32 - 2**16
"""As many as a plain WAV can say that it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What is to be done, to which file. tell: is called with the seconds that are done."""

    source: BinaryIO
    demuxer: str
    output: BinaryIO
    target: Target
    quality: Quality
    limits: DecodeLimits
    tell: Tell


def convert_file(asked: Conversion) -> Converted:
    """Convert the sound track that a player would choose, or the next if that is silent.

    Raises Refused; the output is then incomplete. OSError where it cannot be written.
    """
    with blamed(), opened(asked.source, asked.demuxer) as container:
        tracks = in_order(container, None)
    refusal: Refused | None = None
    for track in tracks:
        try:
            return _convert_track(asked, track)
        except Refused as refused:
            if refused.reason not in _OF_A_TRACK:
                raise
            refusal = refusal or refused
            asked.output.seek(0)
            asked.output.truncate()
    raise refusal or Refused(DecodeReason.NO_AUDIO_STREAM)


def _convert_track(asked: Conversion, track: int) -> Converted:
    with blamed():
        cover = cover_of(asked.source, asked.demuxer)
        container = opened(asked.source, asked.demuxer)
    with container:
        with blamed():
            stream = audio_stream(container, track)
            tags = tags_of(container, track)
        timed = _timed(asked, stream)
        first = next(timed, None)
        if first is None:
            raise Refused(DecodeReason.CORRUPT)
        depth = depth_of(stream, first.frame)
        shape = _shape_for(asked, first.frame, depth)
        source = (first.frame.sample_rate, first.frame.layout.nb_channels)
        most = asked.limits.output_bytes or _MOST_BYTES
        recipe = asked.target.recipe
        with Writer(asked.output, recipe, shape, tags=tags, cover=cover, most_bytes=most) as writer:
            shaper = _written(asked, writer, shape, first, timed)
        return _converted(asked, writer, shaper, source, depth, cover)


def _timed(asked: Conversion, stream: AudioStream) -> Iterator[Timed]:
    """What decodes of a track, by its clock. Raises Refused."""
    container = cast(InputContainer, stream.container)
    due = None
    if asked.demuxer == "mov" and stream.duration and stream.time_base and stream.rate:
        due = round(stream.duration * stream.time_base * stream.rate)
    with blamed():
        yield from by_clock(
            without_padding(frames_of(container, stream), due),
            zero=zero_of(container, asked.demuxer),
            time_base=stream.time_base,
            max_seconds=_LONGEST_CLOCK_SECONDS,
        )


def _shape_for(asked: Conversion, frame: AudioFrame, depth: Depth) -> Shape:
    recipe, quality = asked.target.recipe, asked.quality
    channels = min(frame.layout.nb_channels, recipe.most_channels)
    rate = recipe.rate_for(frame.sample_rate)
    if not recipe.is_lossless:
        return Shape(
            codec=recipe.codec or "",
            rate=rate,
            layout=recipe.layouts[channels],
            form="flt",
            bits_per_second=recipe.bits_per_second(quality, channels),
            codec_options=recipe.codec_options,
        )
    kept = depth.kept(is_wav=recipe.codec is None, fully=quality is Quality.LOSSLESS)
    return Shape(
        codec=recipe.codec or kept.wav_codec,
        rate=rate,
        layout=recipe.layouts[channels],
        form=kept.form,
        codec_options=kept.flac_options if recipe.codec else {},
    )


def _written(
    asked: Conversion, writer: Writer, shape: Shape, first: Timed, timed: Iterator[Timed]
) -> Shaper:
    """Everything that there is, through the codec. Raises Refused."""
    shaper = Shaper(
        form=shape.form,
        layout=shape.layout,
        rate=shape.rate,
        relabels=asked.target.recipe.is_lossless,
    )
    is_heard = False
    for frame in _shaped(asked, shaper, first, timed):
        is_heard = is_heard or shaper.has_sound(frame)
        writer.write(frame)
    if not shaper.seconds or shaper.seconds < asked.limits.min_seconds:
        raise Refused(DecodeReason.TOO_SHORT)
    if not is_heard:
        raise Refused(DecodeReason.SILENT)
    return shaper


def _shaped(
    asked: Conversion, shaper: Shaper, first: Timed, timed: Iterator[Timed]
) -> Iterator[AudioFrame]:
    each: Timed | None = first
    while each is not None:
        if each.silence:
            yield from shaper.silence(each.silence)
        yield from shaper.shaped(each.frame)
        if shaper.seconds > asked.limits.max_seconds:
            raise Refused(DecodeReason.TOO_LONG)
        asked.tell(float(shaper.seconds))
        each = next(timed, None)
    yield from shaper.rest()


def _converted(
    asked: Conversion,
    writer: Writer,
    shaper: Shaper,
    source: tuple[int, int],
    depth: Depth,
    cover: Cover | None,
) -> Converted:
    recipe: Recipe = asked.target.recipe
    kept = depth.kept(is_wav=recipe.codec is None, fully=asked.quality is Quality.LOSSLESS)
    return Converted(
        samples=writer.samples,
        rate=shaper.rate,
        channels=shaper.channels,
        bits=kept.bits if recipe.is_lossless else 0,
        paid_ms=math.ceil(shaper.seconds * 1000),
        source_rate=source[0],
        source_channels=source[1],
        source_bits=depth.bits,
        is_float=depth.is_float,
        has_cover=cover is not None,
    )
