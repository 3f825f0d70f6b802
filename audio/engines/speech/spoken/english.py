"""English as Americans and as the British read it."""

from __future__ import annotations

import re

from audio.engines.speech.spoken.english_signs import (
    AMERICAN_DECIMALS,
    BRITISH_DECIMALS,
    SIGNS,
)
from audio.engines.speech.spoken.english_words import ABBREVIATIONS
from audio.engines.speech.spoken.library import by_library
from audio.engines.speech.spoken.wording import Rules

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ISO_DATE = re.compile(r"(?<![\w/-])(\d{4})-(\d{2})-(\d{2})(?![\w/-])")
_SLASHED_DATE = re.compile(r"(?<![\w/-])(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d\d)(?![\w/-])")
_DAY_OF_MONTH = re.compile(
    r"\b((?:[Oo]n|[Dd]ue|[Uu]ntil|[Tt]ill|[Ss]ince|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day),?) "
    r"(\d{1,2})/(\d{1,2})(?=[,.;:!?)](?!\d)|$| (?:at|and|to|from|through)\b)"
)
"""A day of this year: elsewhere these are fractions."""
_THIS_CENTURY = 50
"""Years of two digits below it."""

_TENS = r"twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_AND = re.compile(
    rf"\b(hundred|thousand|million|billion|trillion) and "
    rf"(?=(?:{_TENS}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen"
    r"|first|second|third|\w+th|\w+ieth)\b)"
)
_AFTER = Rules(
    [
        (r"\b([ap]) m\b", lambda match: f"{match[1].upper()} M"),
        (r" o'clock(?= [AP] M\b)", ""),
        (r"\b(minutes?|hours?) and (?=\w+(?: \w+)? (?:minute|second))", r"\1 "),
    ]
)
_BETWEEN_NUMBERS = re.compile(r"(?<=\d) and (?=[$€£¥₹]?\d)")
_KEPT_AND = "aand"
"""The writer's "and" between two numbers, as the library leaves it alone."""
_AND_WRITTEN = re.compile(r"(?:hundred|thousand|million|billion|trillion) and ")


def wording(region: str) -> English:
    return English(american=region in {"", "us"})


class English:
    """american: 3/4 is the fourth of March, and no "and" stands in "one hundred one"."""

    def __init__(self, *, american: bool) -> None:
        self._american = american

    def abbreviations(self, text: str) -> str:
        return ABBREVIATIONS(text)

    def sentence(self, text: str) -> str:
        text = _ISO_DATE.sub(lambda m: self._date(m, m[1], m[2], m[3]), text)
        text = _SLASHED_DATE.sub(self._slashed, text)
        text = _DAY_OF_MONTH.sub(self._day, text)
        decimals = AMERICAN_DECIMALS if self._american else BRITISH_DECIMALS
        marked = _BETWEEN_NUMBERS.sub(f" {_KEPT_AND} ", decimals(SIGNS(text)))
        said = _AFTER(by_library(marked, "en"))
        if self._american and not _AND_WRITTEN.search(text):
            said = _AND.sub(r"\1 ", said)
        return said.replace(_KEPT_AND, "and")

    def _slashed(self, match: re.Match[str]) -> str:
        first, sign, second, year = match.groups()
        if len(year) == 2:
            if sign == "-":  # 10-12-15 may be anything
                return match[0]
            year = f"{20 if int(year) < _THIS_CENTURY else 19}{year}"
        month, day = (first, second) if self._american else (second, first)
        if int(month) > 12:  # written the other way round
            month, day = day, month
        return self._date(match, year, month, day)

    def _day(self, match: re.Match[str]) -> str:
        month, day = (match[2], match[3]) if self._american else (match[3], match[2])
        if match[2] + match[3] == "911" or not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
            return match[0]
        name = _MONTHS[int(month) - 1]
        said = f"{name} {int(day)}" if self._american else f"{int(day)} {name}"
        return f"{match[1]} {said}"

    def _date(self, match: re.Match[str], year: str, month: str, day: str) -> str:
        """`March 15, 2024`, or the text as it was when there is no such date."""
        if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
            return match[0]
        name = _MONTHS[int(month) - 1]
        return f"{name} {int(day)}, {year}" if self._american else f"{int(day)} {name} {year}"
