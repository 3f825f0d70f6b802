# ruff: noqa: RUF001, RUF002 - signs, meant as they are
"""What writes a text out in the words of one language, and the rules that most of it is made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

Replacement = str | Callable[[re.Match[str]], str]
Rule = tuple[str, Replacement]
"""A regular expression, and what stands instead of what it finds."""


class Wording(Protocol):
    """The words of one language. One instance per process, shared by its threads."""

    def abbreviations(self, text: str) -> str:
        """A whole text with the points of its abbreviations gone: what ends a sentence is plain."""

    def sentence(self, text: str) -> str:
        """One sentence, or a part of one, with numbers, dates, times, prices and signs in words."""


class Rules:
    """Replacements that are made one after the other. Each takes time in proportion to the text."""

    def __init__(self, rules: Sequence[Rule], *, flags: int = 0) -> None:
        self._rules = [(re.compile(pattern, flags), words) for pattern, words in rules]

    def __call__(self, text: str) -> str:
        for pattern, words in self._rules:
            text = pattern.sub(words, text)
        return text


def words_of(table: dict[str, str]) -> Callable[[re.Match[str]], str]:
    """What stands in the table for the first group that was found."""
    return lambda match: table[match[1]]


def any_of(words: Iterable[str]) -> str:
    """A pattern for one of these; the longest that fits."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_MEASURED = (
    r"k?g|mg|[kcm]?m[²³]?|[mcd]?l|L|km/h|m/s|h|min|s|seg|sec|Min|Std|[kMGT]B|[kM]?W|kWh|kcal|V|Hz"
)


def range_of_units(to: str) -> Rule:
    """`10-15 kg` as `10 <to> 15 kg`: the libraries read a unit behind one number."""
    number = r"\d{1,4}(?:[.,]\d{1,3})?"
    return (
        rf"(?<![\w.,-])({number}) ?[-–] ?(?={number} ?(?:{_MEASURED})\b(?!/))",
        rf"\1 {to} ",
    )


def postal_codes(label: str) -> list[Rule]:
    """The figures of a postal code, one by one.

    label: a pattern of the words before one; with a hyphen, as in `01310-100`, it needs none:
    a range does not fall from more figures to fewer.
    """
    end = r"(?![\w-]|[.,]\d)"
    return [
        (
            rf"(?<![\w.,$€£/-])(?:(\d{{5}})-(\d{{3,4}})|(\d{{4}})-(\d{{3}})){end}",
            lambda m: f"{' '.join(m[1] or m[3])}, {' '.join(m[2] or m[4])}",
        ),
        (rf"\b({label})(:?) ?(\d{{4,6}}){end}", lambda m: f"{m[1]}{m[2]} {' '.join(m[3])}"),
    ]


def prices_for_each(per: dict[str, str]) -> Rule:
    """`2,50 €/kg` with the words for what it buys one of; per: what stands behind the stroke."""
    return (
        rf"(?<=[€$£\d]) ?/ ?({any_of(per)})\b\.?(?![\w/])",
        lambda match: f" {per[match[1]]}",
    )


def signs_of_sums(
    *, more: str, less: str, equal: str, plus: str, times: str, about: str
) -> list[Rule]:
    """What the signs between numbers are called, `>` `<` `=` `+` `×`, and `≈` before one."""
    between = {">": more, "<": less, "=": equal, r"\+": plus, "[×x]": times}
    rules: list[Rule] = [
        (rf"(?<=\d) ?{sign} ?(?=\d)", f" {words} ") for sign, words in between.items()
    ]
    return [*rules, (r"≈ ?(?=[$€£¥₹]?\d)", f"{about} ")]
