"""Memory that the C library keeps for later, given back to the system."""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Return what was freed. It takes some milliseconds, in which other threads run.

    The GNU C library keeps what a long recording has needed, and would not return it by itself;
    with another one this does nothing.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
