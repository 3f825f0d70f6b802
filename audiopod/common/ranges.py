"""Which part of a file a request asks for (RFC 9110, section 14)."""

from __future__ import annotations

import re

_UNIT = "bytes="
# Longer numbers are of no file, and slow to read.
_RANGE = re.compile(r"(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})", re.ASCII)


class RangeNotSatisfiable(Exception):
    """The file has no such bytes, or what was asked for is no range."""


def asked_range(header: str | None, size: int) -> range | None:
    """The bytes that a `Range` header asks for of a file of this size; None for all of it.

    A unit that is not bytes, and several ranges at once, are answered with the whole file, as the
    RFC allows. Raises RangeNotSatisfiable.
    """
    header = (header or "").strip()
    if not header.lower().startswith(_UNIT) or "," in header:
        return None
    asked = _RANGE.fullmatch(header[len(_UNIT) :].strip())
    if asked is None:
        raise RangeNotSatisfiable(header)
    found = _bytes_of(asked["first"], asked["last"], size)
    if not found:
        raise RangeNotSatisfiable(header)
    return found


def _bytes_of(first: str, last: str, size: int) -> range:
    """`-5` is the last five, `5-` all from the sixth on. Empty where there are none."""
    if not first:
        return range(max(0, size - int(last or 0)), size)
    end = int(last) + 1 if last else size
    return range(int(first), min(end, size))


def content_range(part: range, size: int) -> str:
    """The header that says which part an answer has."""
    return f"bytes {part.start}-{part.stop - 1}/{size}"


def unsatisfied_range(size: int) -> str:
    """The header that says how large the file is, of an answer that has none of it."""
    return f"bytes */{size}"
