"""A voice mixed of several, as Kokoro's users write it: `af_bella(2)+af_sky(1)`."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_MIXED = 6
"""Voices in one mix."""
MIN_WEIGHT, MAX_WEIGHT = 0.01, 100.0
HOW = "Write a mix as af_bella+af_sky, or with weights as af_bella(2)+af_sky(1)."

_PART = re.compile(r"\s*([^\s()+]{1,64})\s*(?:\(\s*(\d{1,3}(?:\.\d{0,6})?|\.\d{1,6})\s*\))?\s*")
_WEIGHTED = re.compile(r"[^()]+\(\s*[\d.]+\s*\)\s*")


class MixError(ValueError):
    """What is written is no mix. The message may be shown to the client."""


@dataclass(frozen=True, slots=True)
class Part:
    """weight: what counts is its share of all. Raises MixError for one that is out of bounds."""

    name: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not MIN_WEIGHT <= self.weight <= MAX_WEIGHT:
            raise MixError(f"A weight in a mix is a number from {MIN_WEIGHT:g} to {MAX_WEIGHT:g}.")


def is_mix(text: str) -> bool:
    """Whether `text` is meant as a mix: no voice has a + in its name, or ends with a weight."""
    return "+" in text or bool(_WEIGHTED.fullmatch(text))


def parts_of(text: str) -> list[Part]:
    """The voices of a mix in their order, each once. Raises MixError.

    >>> parts_of("af_bella(2)+af_sky")
    [Part(name='af_bella', weight=2.0), Part(name='af_sky', weight=1.0)]
    """
    weights: dict[str, float] = {}
    for written in text.split("+"):
        part = _PART.fullmatch(written)
        if part is None:
            raise MixError(HOW)
        weights[part[1]] = weights.get(part[1], 0.0) + float(part[2] or 1)
    if len(weights) > MAX_MIXED:
        raise MixError(f"A mix has at most {MAX_MIXED} voices; this one has {len(weights)}.")
    return [Part(name, weight) for name, weight in weights.items()]


def written(parts: list[Part]) -> str:
    """The mix in its shortest spelling: without weights where all are alike."""
    alike = len({part.weight for part in parts}) == 1
    return "+".join(p.name if alike else f"{p.name}({p.weight:.4g})" for p in parts)


def shares(parts: list[Part]) -> list[float]:
    """How much each voice has of the whole, which is 1."""
    whole = sum(part.weight for part in parts)
    return [part.weight / whole for part in parts]
