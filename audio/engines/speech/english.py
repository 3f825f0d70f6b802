"""What is written short in English, written out: espeak-ng spells it or says its signs."""

from __future__ import annotations

import re
from collections.abc import Callable

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_COINS = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
}
_AMOUNTS = {"k": "thousand", "m": "million", "b": "billion", "bn": "billion", "t": "trillion"}
_ROMAN = {"II": "two", "III": "three", "IV": "four", "VI": "six", "VII": "seven", "VIII": "eight"}

# A price as `text.clean` leaves it: the sign behind the number.
_PRICE = re.compile(
    r"(?<![\d.,])(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?[ ]?"
    r"(k|m|bn|b|t|thousand|million|billion|trillion)?[ ]?([$€£])(?!\w)",
    re.IGNORECASE,
)
_ISO_DATE = re.compile(r"(?<![\w/-])(\d{4})-(\d{2})-(\d{2})(?![\w/-])")
_SLASHED_DATE = re.compile(r"(?<![\w/-])(\d{1,2})/(\d{1,2})/(\d{4})(?![\w/-])")
_NUMBERED = re.compile(r"\b([A-Z][a-z]+) (VIII|VII|VI|IV|III|II)\b(?!\.\w)")
_SHORT: list[tuple[re.Pattern[str], str]] = [
    (re.compile(pattern), words)
    for pattern, words in [
        (r"\bvs\b\.?", "versus"),
        (r"\bapprox\.", "approximately"),
        (r"\bJr\b\.?", "Junior"),
        (r"\bSr\b\.?(?= [A-Z]|,|\.|$)", "Senior"),
        (r"(?<=[a-z] )St\.(?! [A-Z])", "Street"),
        (r"\bSt\.(?= [A-Z])", "Saint"),
        (r"(?<=\d) ?ft\b\.?", " feet"),
        (r"(?<=\d) ?lbs?\b\.?", " pounds"),
        (r"(?<=\d) ?km/h\b", " kilometers per hour"),
        (r"(?<=\d) ?mph\b", " miles per hour"),
        (r"(?<=\d) ?m/s\b", " meters per second"),
    ]
]


def written_out(text: str, *, day_first: bool) -> str:
    """Prices, dates, Roman numerals and common abbreviations of a cleaned text, in words.

    day_first: whether 03/04/2024 is the third of April.

    >>> written_out("It cost 1.5M $ on 2024-03-15, World War II vs. now.", day_first=False)
    'It cost 1.5 million dollars on March 15, 2024, World War two versus now.'
    """
    text = _PRICE.sub(_price, text)
    text = _ISO_DATE.sub(lambda m: _date(m, m[1], m[2], m[3]), text)
    text = _SLASHED_DATE.sub(_slashed(day_first), text)
    text = _NUMBERED.sub(lambda m: f"{m[1]} {_ROMAN[m[2]]}", text)
    for pattern, words in _SHORT:
        text = pattern.sub(words, text)
    return text


def _price(match: re.Match[str]) -> str:
    whole, fraction, scale, sign = match.groups()
    one, many, small_one, small_many = _COINS[sign]
    if scale:
        number = whole if fraction is None else f"{whole}.{fraction}"
        return f"{number} {_AMOUNTS.get(scale.lower(), scale)} {many}"
    said = f"{whole} {one if whole == '1' else many}"
    if fraction is None or not int(fraction):
        return said
    if len(fraction) != 2:
        return f"{whole}.{fraction} {many}"
    small = f"{int(fraction)} {small_one if int(fraction) == 1 else small_many}"
    return small if whole == "0" else f"{said} and {small}"


def _slashed(day_first: bool) -> Callable[[re.Match[str]], str]:
    def said(match: re.Match[str]) -> str:
        month, day = (match[2], match[1]) if day_first else (match[1], match[2])
        if int(month) > 12:  # written the other way round
            month, day = day, month
        return _date(match, match[3], month, day)

    return said


def _date(match: re.Match[str], year: str, month: str, day: str) -> str:
    """`March 15, 2024`, or the text as it was when there is no such date."""
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return match[0]
    return f"{_MONTHS[int(month) - 1]} {int(day)}, {year}"
