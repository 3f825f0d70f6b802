"""The outermost boxes of a file of boxes, as mp4, m4a and mov are (ISO/IEC 14496-12, 4.2): whether
it has lost its end, and whether its sound is encrypted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

_HEADER_BYTES = 8
_LONG_HEADER_BYTES = 16
_TO_THE_END, _IS_LONG = 0, 1
"""Sizes that are not one."""
_ENCRYPTED = frozenset({b"enca", b"drms"})
"""What samples are described as that nobody decodes without a key: by the standard (8.12), and as
Apple's shop had it."""
_DESCRIPTION_AT = 16
"""The type of the first description, from where the box `stsd` is named."""
_MOST_BYTES = 32 * 1024 * 1024
"""Of a `moov` that is looked through."""


class _Box(NamedTuple):
    kind: bytes
    begins: int
    """Where its content does."""
    end: int


def is_cut_short(source: BinaryIO) -> bool:
    """Whether it ends within a box, or before the `moov`, which says where the sound is and which
    most recorders write last."""
    end = source.seek(0, os.SEEK_END)
    position, has_moov = 0, False
    for box in _boxes(source):
        if box.end <= position:
            return False  # these are no boxes
        has_moov = has_moov or box.kind == b"moov"
        position = box.end
    return position > end or not has_moov


def is_encrypted(source: BinaryIO) -> bool:
    """Whether its header describes samples that are."""
    for box in _boxes(source):
        if box.kind == b"moov" and box.end > box.begins:
            source.seek(box.begins)
            return _describes_encrypted(source.read(min(box.end - box.begins, _MOST_BYTES)))
    return False


def _describes_encrypted(moov: bytes) -> bool:
    at = moov.find(b"stsd")
    while at >= 0:
        described = at + _DESCRIPTION_AT
        if moov[described : described + 4] in _ENCRYPTED:
            return True
        at = moov.find(b"stsd", at + 4)
    return False


def _boxes(source: BinaryIO) -> Iterator[_Box]:
    """One after the other; the last is one that ends where it begins, if a size is none."""
    end = source.seek(0, os.SEEK_END)
    position = 0
    while position + _HEADER_BYTES <= end:
        source.seek(position)
        header = source.read(_LONG_HEADER_BYTES)
        size, length = int.from_bytes(header[:4], "big"), _HEADER_BYTES
        if size == _IS_LONG:
            size, length = int.from_bytes(header[_HEADER_BYTES:], "big"), _LONG_HEADER_BYTES
        elif size == _TO_THE_END:
            size = end - position
        if size < _HEADER_BYTES:
            yield _Box(header[4:8], position, position)
            return
        yield _Box(header[4:8], position + length, position + size)
        position += size
