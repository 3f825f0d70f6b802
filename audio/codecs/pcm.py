"""Decode one file to raw PCM. This runs in the confined process: it may be handed anything.

A track is decoded as it is and judged by what comes of it. One that is silent, or that cannot be
decoded, gives way to the next of its file. One that is too quiet for 16 bits, or too loud, is
decoded once more with the gain that it needs: what was cut to 16 bits is lost to any gain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from av.container import InputContainer

from audio.codecs.boxes import is_cut_short
from audio.codecs.clock import by_clock, zero_of
from audio.codecs.demuxing import Refused, audio_stream, blamed, frames_of, opened, opened_within
from audio.codecs.levels import Levels
from audio.codecs.mixing import MonoMixer, SplitMixer
from audio.codecs.output import Output
from audio.codecs.stretch import pieces_of
from audio.codecs.tracks import in_order
from audio.codecs.verdict import PCM_RATE, DecodeLimits, DecodeReason, Sound, Wanted

_OF_A_TRACK = frozenset({DecodeReason.CORRUPT, DecodeReason.UNSUPPORTED, DecodeReason.TOO_SHORT})
"""What is wrong with one track may not be wrong with the next."""
_OF_A_CUT = frozenset({DecodeReason.CORRUPT, DecodeReason.NO_AUDIO_STREAM})
"""What may be wrong with a file because its end is missing."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """samples: of each channel."""

    samples: int
    sound: Sound
    levels: Levels


_Attempt = Callable[[int, float], Decoded]
"""Decodes a track, counted from 0, with a gain, over what was decoded before."""


def decode_to_pcm(
    source: BinaryIO, output: BinaryIO, *, demuxer: str, wanted: Wanted, limits: DecodeLimits
) -> Decoded:
    """Write a sound track of `source` as s16le at `PCM_RATE`.

    Packets that do not decode are passed over. Raises Refused; `output` is then incomplete.
    """

    def attempt(track: int, gain: float) -> Decoded:
        with blamed(), opened_within(limits, source, demuxer, track) as container:
            return _written(container, track, output, demuxer, wanted, limits, gain)

    try:
        with blamed(), opened(source, demuxer) as container:
            tracks = in_order(container, wanted.track)
        return _loud_enough(*_first_with_sound(tracks, attempt), attempt)
    except Refused as refused:
        if refused.reason in _OF_A_CUT and demuxer == "mov" and is_cut_short(source):
            raise Refused(DecodeReason.INCOMPLETE) from refused
        raise


def _first_with_sound(tracks: list[int], attempt: _Attempt) -> tuple[int, Decoded]:
    """The first track that is not silent, or else the first that can be decoded. Raises Refused as
    the first track was."""
    refusal: Refused | None = None
    silent: int | None = None
    for track in tracks:
        try:
            decoded = attempt(track, 1.0)
        except Refused as refused:
            if refused.reason not in _OF_A_TRACK:
                raise
            refusal = refusal or refused
            continue
        if not decoded.levels.is_silent:
            return track, decoded
        silent = track if silent is None else silent
    if silent is None:
        raise refusal or Refused(DecodeReason.NO_AUDIO_STREAM)
    return silent, decoded if len(tracks) == 1 else attempt(silent, 1.0)


def _loud_enough(track: int, decoded: Decoded, attempt: _Attempt) -> Decoded:
    gain = decoded.levels.gain()
    return decoded if gain == 1.0 else attempt(track, gain)


def _written(
    container: InputContainer,
    track: int,
    file: BinaryIO,
    demuxer: str,
    wanted: Wanted,
    limits: DecodeLimits,
    gain: float,
) -> Decoded:
    stream = audio_stream(container, track)
    timed = by_clock(
        frames_of(container, stream),
        zero=zero_of(container, demuxer),
        time_base=stream.time_base,
        max_seconds=limits.max_seconds,
    )
    first = next(timed, None)
    if first is None:
        raise Refused(DecodeReason.CORRUPT)
    channels = first.frame.layout.nb_channels
    mixer = SplitMixer(channels) if wanted.split else MonoMixer()
    output = Output(file, rows=mixer.rows, gain=gain, limits=limits)
    for piece in pieces_of(chain([first], timed), mixer):
        if isinstance(piece, float):
            output.rest(piece)
        else:
            output.write(piece)
    sound = output.end()
    if not output.samples:
        raise Refused(DecodeReason.CORRUPT)
    if output.samples - sound.silent < limits.min_seconds * PCM_RATE:
        raise Refused(DecodeReason.TOO_SHORT)
    return Decoded(output.samples, sound, output.levels)
