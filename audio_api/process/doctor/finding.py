"""What an operator is told of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """fine; note: worth knowing, and the server works; broken: it does not work, or not wholly."""

    FINE = "fine"
    NOTE = "note"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """topic and about: what it concerns; says: what is so, and why; remedy: what to do, if anything
    is to be done. None of them ever holds a secret."""

    topic: str
    about: str
    says: str
    verdict: Verdict = Verdict.FINE
    remedy: str = ""
