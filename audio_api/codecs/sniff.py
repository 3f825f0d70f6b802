"""Tell a container by its first bytes, never by the file's name or declared type.

The name of FFmpeg's demuxer is chosen here and forced on it. FFmpeg's own guessing is what lets a
playlist named `song.mp3` make the decoder fetch other files.
"""

from __future__ import annotations

from typing import BinaryIO

HEAD_BYTES = 16
_ID3_HEADER_BYTES = 10
_MAX_PADDING_BYTES = 64 * 1024
"""Some encoders pad the space between tag and audio with zeros."""

_PREFIXES = {
    b"fLaC": "flac",
    b"OggS": "ogg",
    b"\x1a\x45\xdf\xa3": "matroska",
    b"caff": "caf",
    b"#!AMR": "amr",
    bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"): "asf",  # the GUID of its header object
    b"\x00\x00\x01\xba": "mpeg",
}
_FORMS = {
    **dict.fromkeys([b"RIFFWAVE", b"RIFXWAVE", b"RF64WAVE", b"BW64WAVE"], "wav"),
    **dict.fromkeys([b"FORMAIFF", b"FORMAIFC"], "aiff"),
}
"""Bytes 0 to 3 and 8 to 11; the size lies between them."""
_MOV_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp"}
"""Bytes 4 to 7."""


def sniff(source: BinaryIO) -> str | None:
    """The FFmpeg demuxer for this seekable file, or None where it is nothing we decode.

    Reads a few bytes wherever an ID3 tag (of any length) and zero padding end.
    """
    position, tagged = _skip_tags(source)
    source.seek(position)
    head = source.read(HEAD_BYTES)
    if demuxer := _container(head) or _bare_frames(head):
        return demuxer
    # a tag and then something unknown: an mp3 whose first frames are damaged or missing
    return "mp3" if tagged else None


def _container(head: bytes) -> str | None:
    for prefix, demuxer in _PREFIXES.items():
        if head.startswith(prefix):
            return demuxer
    if head[4:8] in _MOV_BOXES:
        return "mov"
    return _FORMS.get(head[:4] + head[8:12])


def _bare_frames(head: bytes) -> str | None:
    """Frames without a container, by the bits of the first one's header."""
    if len(head) < HEAD_BYTES or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return "aac"
    return "mp3" if _is_mpeg_audio(head) else None


def _skip_tags(source: BinaryIO) -> tuple[int, bool]:
    """Where ID3v2 tags (https://id3.org/id3v2.4.0-structure) end, and whether there was one."""
    position = 0
    tagged = False
    while True:
        source.seek(position)
        header = source.read(_ID3_HEADER_BYTES)
        if len(header) < _ID3_HEADER_BYTES or header[:3] != b"ID3":
            break
        footer = _ID3_HEADER_BYTES if header[5] & 0x10 else 0
        position += _ID3_HEADER_BYTES + _syncsafe(header[6:10]) + footer
        tagged = True
    return position + _zeros_at(source, position), tagged


def _zeros_at(source: BinaryIO, position: int) -> int:
    source.seek(position)
    block = source.read(_MAX_PADDING_BYTES)
    zeros = len(block) - len(block.lstrip(b"\0"))
    # box lengths and MPEG start codes begin with zeros too: only longer runs are padding
    return zeros if zeros > HEAD_BYTES else 0


def _syncsafe(size: bytes) -> int:
    """Four bytes of seven bits each."""
    value = 0
    for byte in size:
        value = value << 7 | byte & 0x7F
    return value


def _is_mpeg_audio(head: bytes) -> bool:
    """A frame header of MPEG-1, 2 or 2.5 audio, layer II or III (ISO/IEC 11172-3, 2.4.1.3)."""
    sync = head[1] >> 5
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    # of each field these values are reserved, and bitrate 0 is "free"
    return sync == 7 and version != 1 and layer in (1, 2) and bitrate not in (0, 15) and rate != 3
