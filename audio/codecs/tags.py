"""What a recording says of itself, title, artist and cover, on its way into another format. This
runs in the confined process."""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass
from typing import BinaryIO

from av.container import InputContainer
from av.stream import Disposition

from audio.codecs.demuxing import first_packet, opened

NAMES = (
    *("title", "artist", "album", "album_artist", "track", "disc", "date", "genre", "comment"),
    *("composer", "performer", "publisher", "copyright", "language", "lyrics", "grouping"),
)
"""FFmpeg's names, which each of its muxers has words of its own for."""
_OTHER_NAMES = {"year": "date", "albumartist": "album_artist", "tracknumber": "track"}
MAX_CHARACTERS = 4_000
MAX_COVER_BYTES = 8 * 1024 * 1024
VORBIS_PICTURE = "METADATA_BLOCK_PICTURE"

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_SIZES_OF_JPEG = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Markers of its segments that begin a frame (ITU-T T.81, B.1.1.3)."""
_FRONT_COVER = 3


@dataclass(frozen=True, slots=True)
class Cover:
    """A picture as it is. codec: FFmpeg's name of what it is."""

    codec: str
    width: int
    height: int
    data: bytes

    @property
    def vorbis_comment(self) -> str:
        """As a comment of Vorbis has it: FLAC's block (RFC 9639, 8.8) in base64."""
        kind = b"image/png" if self.codec == "png" else b"image/jpeg"
        block = struct.pack(">II", _FRONT_COVER, len(kind)) + kind + struct.pack(">I", 0)
        block += struct.pack(">IIIII", self.width, self.height, 24, 0, len(self.data))
        return base64.b64encode(block + self.data).decode()


def tags_of(container: InputContainer, track: int) -> dict[str, str]:
    """Those that are known by name, of the file and of one of its sound tracks."""
    found: dict[str, str] = {}
    for source in (container.metadata, container.streams.audio[track].metadata):
        for name, value in source.items():
            known = _OTHER_NAMES.get(name.lower(), name.lower())
            text = value.replace("\0", "").strip()
            if known in NAMES and text:
                found.setdefault(known, text[:MAX_CHARACTERS])
    return found


def cover_of(source: BinaryIO, demuxer: str) -> Cover | None:
    """The picture that comes with a recording, if it is a JPEG or a PNG."""
    with opened(source, demuxer) as container:
        for stream in container.streams.video:
            if stream.disposition & Disposition.attached_pic:
                packet = first_packet(container, stream)
                if packet is not None and packet.size <= MAX_COVER_BYTES:
                    return picture(bytes(packet))
    return None


def picture(data: bytes) -> Cover | None:
    """What the bytes of a file are, if they are a picture that players show."""
    if data.startswith(_PNG) and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        codec = "png"
    elif data.startswith(_JPEG):
        width, height = _size_of_jpeg(data)
        codec = "mjpeg"
    else:
        return None
    is_one = 0 < width <= 0xFFFF and 0 < height <= 0xFFFF
    return Cover(codec, width, height, data) if is_one else None


def _size_of_jpeg(data: bytes) -> tuple[int, int]:
    """Width and height; 0 where there are none."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _SIZES_OF_JPEG:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return 0, 0
