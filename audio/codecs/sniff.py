"""Tell a container by its first bytes, never by the file's name or declared type.

The name of FFmpeg's demuxer is chosen here and forced on it. FFmpeg's own guessing is what lets a
playlist named `song.mp3` make the decoder fetch other files.
"""

from __future__ import annotations

from typing import BinaryIO

from audio.codecs.frames import WINDOW_BYTES, demuxer_of_frames

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
    b".snd": "au",
    b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000"): "w64",  # the GUID of its RIFF chunk
    b"wvpk": "wv",
    b"TTA1": "tta",
    b"MAC ": "ape",
    b"FLV\x01": "flv",
    b"Creative Voice File\x1a"[:HEAD_BYTES]: "voc",
}
_FORMS = {
    **dict.fromkeys([b"RIFFWAVE", b"RF64WAVE", b"BW64WAVE"], "wav"),
    **dict.fromkeys([b"FORMAIFF", b"FORMAIFC"], "aiff"),
    b"RIFFAVI ": "avi",
}
"""Bytes 0 to 3 and 8 to 11; the size lies between them."""
_MOV_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp"}
"""Bytes 4 to 7."""
_ZIP, _TAR = b"PK\x03\x04", b"ustar"
_TAR_AT = 257


def sniff(source: BinaryIO) -> str | None:
    """The FFmpeg demuxer for this seekable file, or None where it is nothing we decode.

    Reads some kilobytes wherever an ID3 tag (of any length) and zero padding end.
    """
    position, tagged = _skip_tags(source)
    source.seek(position)
    window = source.read(WINDOW_BYTES)
    if _is_archive(window):
        return None
    if demuxer := _container(window[:HEAD_BYTES]) or demuxer_of_frames(window):
        return demuxer
    # a tag and then something unknown: an mp3 whose first frames are damaged or missing
    return "mp3" if tagged else None


def _is_archive(window: bytes) -> bool:
    """Its members may be sound, and lie in it as they are: it is not one recording all the same."""
    return window.startswith(_ZIP) or window[_TAR_AT:].startswith(_TAR)


def _container(head: bytes) -> str | None:
    for prefix, demuxer in _PREFIXES.items():
        if head.startswith(prefix):
            return demuxer
    if head[4:8] in _MOV_BOXES:
        return "mov"
    return _FORMS.get(head[:4] + head[8:12])


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
