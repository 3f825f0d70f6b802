"""An own reader of a FLAC file's STREAMINFO, after RFC 9639, section 8.2."""

from __future__ import annotations

from typing import NamedTuple


class StreamInfo(NamedTuple):
    rate: int
    channels: int
    bits: int
    samples: int
    """0: not known, which makes soundfile and others fail"""
    digest: bytes
    """MD5 of the samples; zeros: not known"""


def stream_info(body: bytes) -> StreamInfo:
    assert body[:4] == b"fLaC"
    assert body[4] & 0x7F == 0, "the first block is the STREAMINFO"
    assert int.from_bytes(body[5:8], "big") == 34
    packed = int.from_bytes(body[18:26], "big")
    return StreamInfo(
        rate=packed >> 44,
        channels=(packed >> 41 & 0x7) + 1,
        bits=(packed >> 36 & 0x1F) + 1,
        samples=packed & (2**36 - 1),
        digest=body[26:42],
    )
