"""Texts of all kinds that people have spoken, made by dice that always fall the same way."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

_PATTERNS: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("texts.toml").read_text(encoding="utf-8")
)
_LINKS = (", and", ", but", "; meanwhile,", " because", ", although", " while", " so", " until")
_SPEEDS = (1.0, 1.0, 1.0, 1.0, 1.0, 1.25, 0.8, 1.5, 2.0, 0.5, 0.25, 3.0, 4.0)
_MONTHS = ("January", "March", "May", "July", "August", "October", "December")


@dataclass(frozen=True)
class Text:
    """language: BCP 47, of the voice that is to speak it."""

    kind: str
    text: str
    language: str
    speed: float


def texts(number: int, *, language: str = "en-US", seed: int = 1) -> list[Text]:
    """So many texts for a voice of that language, the kinds in turn."""
    return list(islice(_endless(language, random.Random(f"{seed} {language}")), number))


def _endless(language: str, dice: random.Random) -> Iterator[Text]:
    makers = _ENGLISH if language.startswith("en") else _OTHER
    for kind, make in cycle(makers.items()):
        yield Text(kind, make(dice, language), language, dice.choice(_SPEEDS))


def _word(dice: random.Random) -> str:
    return "".join(dice.choice(_PATTERNS["syllables"]) for _ in range(dice.choice((1, 2, 2, 3, 4))))


def _filled(pattern: str, dice: random.Random) -> str:
    """The pattern with dice in place of what stands between braces."""
    makers: dict[str, Callable[[], str]] = {
        **{f"d{n}": lambda n=n: str(dice.randrange(10 ** (n - 1), 10**n)) for n in (1, 2, 3, 4)},  # type: ignore[misc]
        "n": lambda: str(
            dice.choice((dice.randrange(10), dice.randrange(100), dice.randrange(3000)))
        ),
        "h": lambda: str(dice.randrange(1, 13)),
        "m": lambda: f"{dice.randrange(60):02}",
        "mon": lambda: dice.choice(_MONTHS),
        "day": lambda: str(dice.randrange(1, 29)),
        "mm": lambda: f"{dice.randrange(1, 13):02}",
        "dd": lambda: f"{dice.randrange(1, 29):02}",
        "year": lambda: str(dice.randrange(1750, 2040)),
        "w": lambda: _word(dice),
        "W": lambda: _word(dice).title(),
    }
    for name, make in makers.items():
        while f"{{{name}}}" in pattern:
            pattern = pattern.replace(f"{{{name}}}", make(), 1)
    return pattern


def _clause(dice: random.Random) -> str:
    parts = [dice.choice(_PATTERNS[name]) for name in ("who", "did")]
    parts += [dice.choice(_PATTERNS[name]) for name in ("where", "when") if dice.random() < 0.5]
    return " ".join(parts)


def _sentence(dice: random.Random, _language: str = "") -> str:
    said = _clause(dice)
    while dice.random() < 0.35:
        said += f"{dice.choice(_LINKS)} {_clause(dice)}"
    return said[0].upper() + said[1:] + dice.choice(("", ".", ".", ".", ".", "!", "?", "…"))


def _paragraphs(dice: random.Random, _language: str) -> str:
    count = dice.randrange(3, 14)
    return "".join(_sentence(dice) + dice.choice((" ", " ", " ", "\n\n")) for _ in range(count))


def _dialogue(dice: random.Random, _language: str) -> str:
    lines = [f"“{_sentence(dice)}” — {_clause(dice)}:" for _ in range(dice.randrange(1, 4))]
    return dice.choice((" ", "\n")).join([*lines, f"'{dice.choice(_PATTERNS['short'])}'", "(…)"])


def _list(dice: random.Random, _language: str) -> str:
    what = _PATTERNS[dice.choice(("item", "do"))]
    mark = dice.choice(("- ", "* ", "{}. ", "{}) ", ""))
    return "\n".join(mark.format(n + 1) + dice.choice(what) for n in range(dice.randrange(2, 9)))


def _names(dice: random.Random, _language: str) -> str:
    return ", ".join(_word(dice).title() for _ in range(dice.randrange(1, 9)))


def _with_breaks(dice: random.Random, _language: str) -> str:
    pause = f'<break time="{dice.randrange(1, 30) * 100}ms"/>'
    return f"**{_clause(dice)}** {pause} {_sentence(dice)} 🎉"


def _of_patterns(name: str) -> Callable[[random.Random, str], str]:
    return lambda dice, _language: _filled(dice.choice(_PATTERNS[name]), dice)


def _foreign(dice: random.Random, language: str) -> str:
    count = dice.choice((1, 1, 2, 4))
    return " ".join(
        _filled(dice.choice(_PATTERNS["foreign"][language]), dice) for _ in range(count)
    )


_ENGLISH: dict[str, Callable[[random.Random, str], str]] = {
    "sentence": _sentence,
    "paragraphs": _paragraphs,
    "short": _of_patterns("short"),
    "numbers": _of_patterns("number"),
    "addresses and codes": _of_patterns("code"),
    "list": _list,
    "dialogue": _dialogue,
    "names": _names,
    "breaks and marks": _with_breaks,
    "another language": lambda dice, _language: _foreign(dice, "en-US"),
}
_OTHER: dict[str, Callable[[random.Random, str], str]] = {"in its language": _foreign}
