"""Decode one file to samples that can be worked on: its own channels, at full depth. This runs in
the confined process: it may be handed anything."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition, Stream

from audio.codecs.clock import Timed, by_clock, zero_of
from audio.codecs.demuxing import Refused, audio_stream, blamed, frames_of, opened
from audio.codecs.depth import depth_of
from audio.codecs.shaping import Shaper, without_padding
from audio.codecs.tracks import in_order
from audio.codecs.verdict import DecodeLimits, DecodeReason, Sampled
from audio.codecs.wrapping import wrapping_for

MOST_CHANNELS = 2
"""Of more, a mix is made."""
FORM = "flt"
"""FFmpeg's name of samples of 32 bits, the channels beside each other."""
_LAYOUTS = {1: "mono", 2: "stereo"}
_OF_A_TRACK = frozenset({DecodeReason.CORRUPT, DecodeReason.UNSUPPORTED, DecodeReason.SILENT})
"""What is wrong with one track may not be wrong with the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """What is to be decoded. rate: Hz; tell: is called with the seconds that are done."""

    source: BinaryIO
    demuxer: str
    output: BinaryIO
    rate: int
    limits: DecodeLimits
    tell: Callable[[float], None]


def sample_file(asked: Sampling) -> Sampled:
    """Write the sound track that a player would choose, or the next if that is silent, as float32.

    Raises Refused; the output is then incomplete. OSError where it cannot be written.
    """
    with blamed(), opened(asked.source, asked.demuxer) as container:
        tracks = in_order(container, None)
    refusal: Refused | None = None
    for track in tracks:
        try:
            return _sample_track(asked, track)
        except Refused as refused:
            if refused.reason not in _OF_A_TRACK:
                raise
            refusal = refusal or refused
            asked.output.seek(0)
            asked.output.truncate()
    raise refusal or Refused(DecodeReason.NO_AUDIO_STREAM)


def pictures_in(container: InputContainer) -> list[Stream]:
    """The films in a file; a cover is none."""
    return [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]


def _sample_track(asked: Sampling, track: int) -> Sampled:
    with blamed():
        container = opened(asked.source, asked.demuxer)
    with container:
        with blamed():
            stream = audio_stream(container, track)
        timed = _timed(asked, container, stream)
        first = next(timed, None)
        if first is None:
            raise Refused(DecodeReason.CORRUPT)
        channels = min(first.frame.layout.nb_channels, MOST_CHANNELS)
        shaper = Shaper(form=FORM, layout=_LAYOUTS[channels], rate=asked.rate, relabels=False)
        samples, seconds = _written(asked, shaper, first, timed)
        depth = depth_of(stream, first.frame)
        pictures = pictures_in(container)
        return Sampled(
            samples=samples,
            channels=channels,
            rate=asked.rate,
            track=track,
            paid_ms=math.ceil(shaper.seconds * 1000),
            source_rate=first.frame.sample_rate,
            source_samples=round(seconds * first.frame.sample_rate),
            source_channels=first.frame.layout.nb_channels,
            source_bits=depth.bits,
            is_float=depth.is_float,
            is_video=bool(pictures),
            wrapping=wrapping_for(
                asked.demuxer,
                stream.codec_context.name,
                pictures=[_codec_of(each) for each in pictures],
                brand=container.metadata.get("major_brand", ""),
            ),
        )


def _codec_of(stream: Stream) -> str:
    return stream.codec_context.name if stream.codec_context else ""


def _timed(asked: Sampling, container: InputContainer, stream: AudioStream) -> Iterator[Timed]:
    """What decodes of a track, by its clock. Raises Refused."""
    due = None
    if asked.demuxer == "mov" and stream.duration and stream.time_base and stream.rate:
        due = round(stream.duration * stream.time_base * stream.rate)
    with blamed():
        yield from by_clock(
            without_padding(frames_of(container, stream), due),
            zero=zero_of(container, asked.demuxer),
            time_base=stream.time_base,
            max_seconds=asked.limits.max_seconds,
        )


def _written(
    asked: Sampling, shaper: Shaper, first: Timed, timed: Iterator[Timed]
) -> tuple[int, Fraction]:
    """How many samples of each channel there are, and how long the track is by its clock, in
    seconds. Raises Refused."""
    samples, silent, is_heard = 0, Fraction(0), False
    each: Timed | None = first
    while each is not None:
        silent += Fraction(each.silence)
        for frame in _shaped(shaper, each):
            samples += _put(asked, shaper, frame)
            is_heard = is_heard or shaper.has_sound(frame)
        if shaper.seconds > asked.limits.max_seconds:
            raise Refused(DecodeReason.TOO_LONG)
        asked.tell(float(shaper.seconds))
        each = next(timed, None)
    for frame in shaper.rest():
        samples += _put(asked, shaper, frame)
        is_heard = is_heard or shaper.has_sound(frame)
    if not shaper.seconds or shaper.seconds < asked.limits.min_seconds:
        raise Refused(DecodeReason.TOO_SHORT)
    if not is_heard:
        raise Refused(DecodeReason.SILENT)
    return samples, shaper.seconds + silent


def _shaped(shaper: Shaper, each: Timed) -> Iterator[AudioFrame]:
    if each.silence:
        yield from shaper.silence(each.silence)
    yield from shaper.shaped(each.frame)


def _put(asked: Sampling, shaper: Shaper, frame: AudioFrame) -> int:
    asked.output.write(shaper.bytes_of(frame))
    return int(frame.samples)
