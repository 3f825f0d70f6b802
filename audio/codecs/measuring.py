"""How long a recording is by what its packets say, which takes a twentieth of decoding them. This
runs in the confined process."""

from __future__ import annotations

from typing import BinaryIO

from audio.codecs.boxes import is_cut_short
from audio.codecs.demuxing import Refused, audio_stream, blamed, opened, seconds_told
from audio.codecs.protection import is_protected
from audio.codecs.tracks import in_order
from audio.codecs.verdict import DecodeLimits, DecodeReason


def seconds_in(source: BinaryIO, *, demuxer: str, limits: DecodeLimits) -> float:
    """The seconds of the sound track that has most of them; 0 where no packet says how long it is.

    Only decoding tells what is really there: packets that lie are found then. Raises Refused.
    """
    if is_protected(source, demuxer):
        raise Refused(DecodeReason.ENCRYPTED)
    if demuxer == "mov" and is_cut_short(source):
        raise Refused(DecodeReason.INCOMPLETE)
    with blamed(), opened(source, demuxer) as container:
        tracks = in_order(container, None)
        audio_stream(container, tracks[0])
    longest = 0.0
    for track in tracks:
        with blamed(), opened(source, demuxer) as container:
            longest = max(longest, seconds_told(container, track, limits.max_seconds))
        if longest > limits.max_seconds:
            raise Refused(DecodeReason.TOO_LONG)
    return longest
