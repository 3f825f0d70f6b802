"""Roman numerals."""

from __future__ import annotations

import re

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
ROMAN = r"(?=[IVXLCDM]+\b)(?![CDLM]\b)M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
"""A numeral as it is written today; a single C, D, L or M is a letter."""
RULED = r"(?=[IVX]{2,}\b)X{0,3}(?:IX|IV|V?I{0,3})"
"""One of two letters or more below forty, as kings and centuries have: CD and MC are not taken."""
_ROMAN = re.compile(ROMAN)


def arabic(numeral: str) -> int:
    """The value of a numeral. Raises ValueError.

    >>> arabic("XIV")
    14
    """
    if not _ROMAN.fullmatch(numeral):
        raise ValueError(f"{numeral!r} is not a Roman numeral.")
    values = [_VALUES[letter] for letter in numeral]
    following = [*values[1:], 0]
    return sum(-a if a < b else a for a, b in zip(values, following, strict=True))
