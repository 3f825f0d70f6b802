"""Which engines of this process have passed their self-test, and which have failed it."""

from __future__ import annotations

_broken: dict[str, str] = {}
_working: set[str] = set()


def mark(engine: str, *, ok: bool, detail: str = "") -> None:
    """Note the outcome of a self-test."""
    if ok:
        _broken.pop(engine, None)
        _working.add(engine)
    else:
        _working.discard(engine)
        _broken[engine] = detail or "self-test failed"


def why_broken(engine: str) -> str | None:
    """What is wrong with an engine, or None: a broken one refuses work rather than sell noise."""
    reason = _broken.get(engine)
    return f"{engine} failed its self-test: {reason}" if reason else None


def broken() -> dict[str, str]:
    """Engine name -> what is wrong."""
    return dict(_broken)


def working() -> list[str]:
    """The engines that do what they should."""
    return sorted(_working)
