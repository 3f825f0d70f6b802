"""`task_id`: a job's number in the shape of a UUID, for clients that expect one.

A job that is run again keeps it, as it keeps its number.
"""

from __future__ import annotations

import uuid

_VERSION = 8
_FRAME = _VERSION << 76 | 0b10 << 62
"""The bits that make a UUID one of this version. Source: RFC 9562, section 5.8."""


def task_id(number: int) -> uuid.UUID:
    """number: below 2 to the power of 62."""
    return uuid.UUID(int=_FRAME | number)


def number_in(ident: uuid.UUID) -> int | None:
    """The number that a task id stands for; None where it is another UUID."""
    number = ident.int ^ _FRAME
    return number if number < 1 << 62 else None
