"""Which engines of this process have failed their self-test."""

from __future__ import annotations

_broken: dict[str, str] = {}


def mark(engine: str, *, ok: bool, detail: str = "") -> None:
    """Note the outcome of a self-test."""
    if ok:
        _broken.pop(engine, None)
    else:
        _broken[engine] = detail or "self-test failed"


def why_broken(engine: str) -> str | None:
    """What is wrong with an engine, or None: a broken one refuses work rather than sell noise."""
    reason = _broken.get(engine)
    return f"{engine} failed its self-test: {reason}" if reason else None


def broken() -> dict[str, str]:
    """Engine name -> what is wrong."""
    return dict(_broken)
