"""Whether a file of boxes, as mp4, m4a and mov are, has lost its end (ISO/IEC 14496-12, 4.2)."""

from __future__ import annotations

import os
from typing import BinaryIO

_HEADER_BYTES = 8
_LONG_HEADER_BYTES = 16
_TO_THE_END, _IS_LONG = 0, 1
"""Sizes that are not one."""


def is_cut_short(source: BinaryIO) -> bool:
    """Whether it ends within a box, or before the `moov`, which says where the sound is and which
    most recorders write last."""
    end = source.seek(0, os.SEEK_END)
    position, has_moov = 0, False
    while position + _HEADER_BYTES <= end:
        source.seek(position)
        header = source.read(_LONG_HEADER_BYTES)
        size = int.from_bytes(header[:4], "big")
        if size == _IS_LONG:
            size = int.from_bytes(header[_HEADER_BYTES:], "big")
        elif size == _TO_THE_END:
            size = end - position
        if size < _HEADER_BYTES:
            return False  # these are no boxes
        has_moov = has_moov or header[4:8] == b"moov"
        position += size
    return position > end or not has_moov
