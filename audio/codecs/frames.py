"""Tell audio that has no container, only frame after frame, by the headers of its first frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

WINDOW_BYTES = 48 * 1024
"""As much of a file as is looked at: `MAX_STRAY_BYTES` and then `_FRAMES_IN_A_ROW` frames."""
MAX_STRAY_BYTES = 8_192
"""Of a frame cut off before the first whole one, as in the recording of a radio stream. The
longest frame is one of ADTS, whose length has 13 bits."""
_FRAMES_IN_A_ROW = 4
_HEADER_BYTES = 8

_TS_PACKET_BYTES = 188
_TS_SYNC = 0x47
_TS_PACKETS_IN_A_ROW = 3

_DTS_SYNCS = tuple(map(bytes.fromhex, ("7ffe8001", "fe7f0180", "1fffe800", "ff1f00e8")))
"""Of words of 16 and of 14 bits, big and little endian (ETSI TS 102 114, annex)."""
_AC3_MAX_BITSTREAM_ID = 10
"""ETSI TS 102 366: up to here it is AC-3, and E-AC-3 up to 16."""
_EAC3_MAX_BITSTREAM_ID = 16

_KILOBITS = {
    # (MPEG-1, layer): by the header's four bits (ISO/IEC 11172-3, 2.4.2.3; 13818-3, 2.4.2.3)
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_MPEG1_RATES = (44_100, 48_000, 32_000)
"""Hz. MPEG-2 has the half of each, MPEG-2.5 a quarter."""


class _Frame(NamedTuple):
    kind: tuple[int, ...]
    """What all frames of a stream have in common."""
    length: int
    """Bytes to the next frame."""


_Read = Callable[[bytes], _Frame | None]


def demuxer_of_frames(window: bytes) -> str | None:
    """FFmpeg's demuxer for a file that begins with `window`, or None."""
    header = window[:_HEADER_BYTES]
    if _mpeg_audio(header):
        return "mp3"
    if _adts(header):
        return "aac"
    if demuxer := _by_sync(header) or _transport_stream(window):
        return demuxer
    return _after_stray_bytes(window)


def _by_sync(header: bytes) -> str | None:
    if header[:2] == b"\x0b\x77" and len(header) == _HEADER_BYTES:
        bitstream_id = header[5] >> 3
        if bitstream_id <= _AC3_MAX_BITSTREAM_ID:
            return "ac3"
        return "eac3" if bitstream_id <= _EAC3_MAX_BITSTREAM_ID else None
    if header.startswith(_DTS_SYNCS):
        return "dts"
    # LATM in LOAS: eleven bits of sync (ISO/IEC 14496-3, 1.7.2)
    return "loas" if header[:1] == b"\x56" and header[1:2] >= b"\xe0" else None


def _transport_stream(window: bytes) -> str | None:
    """MPEG-TS: a sync byte every 188 bytes, or every 192 with a time stamp before each packet."""
    for first, step in ((0, _TS_PACKET_BYTES), (4, _TS_PACKET_BYTES + 4)):
        syncs = window[first : first + step * _TS_PACKETS_IN_A_ROW : step]
        if syncs == bytes([_TS_SYNC]) * _TS_PACKETS_IN_A_ROW:
            return "mpegts"
    return None


def _after_stray_bytes(window: bytes) -> str | None:
    """A stream that was cut in the middle of a frame: here one header alone proves nothing."""
    position = window.find(b"\xff")
    while 0 <= position < MAX_STRAY_BYTES:
        if _in_a_row(_mpeg_audio, window, position):
            return "mp3"
        if _in_a_row(_adts, window, position):
            return "aac"
        position = window.find(b"\xff", position + 1)
    return None


def _in_a_row(read: _Read, window: bytes, position: int) -> bool:
    kind: tuple[int, ...] | None = None
    for _ in range(_FRAMES_IN_A_ROW):
        frame = read(window[position : position + _HEADER_BYTES])
        if frame is None or kind not in (None, frame.kind):
            return False
        kind = frame.kind
        position += frame.length
    return True


def _mpeg_audio(header: bytes) -> _Frame | None:
    """A frame of MPEG-1, 2 or 2.5 audio, layer II or III (ISO/IEC 11172-3, 2.4.1.3)."""
    if len(header) < _HEADER_BYTES or header[0] != 0xFF or header[1] >> 5 != 7:
        return None
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    bitrate, rate, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    # of each field these values are reserved, and bitrate 0 is "free"
    if version == 1 or layer not in (2, 3) or bitrate in (0, 15) or rate == 3:
        return None
    mpeg1 = version == 3
    hertz = _MPEG1_RATES[rate] >> {3: 0, 2: 1, 0: 2}[version]
    slots = 144 if mpeg1 or layer == 2 else 72
    length = slots * _KILOBITS[mpeg1, layer][bitrate] * 1_000 // hertz + padding
    return _Frame((version, layer, rate), length)


def _adts(header: bytes) -> _Frame | None:
    """A frame of AAC (ISO/IEC 13818-7, 6.2)."""
    if len(header) < _HEADER_BYTES or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
        return None
    rate = header[2] >> 2 & 0xF
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    if rate > 12 or length < 7:
        return None
    return _Frame((header[1], rate), length)
