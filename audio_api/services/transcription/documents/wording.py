"""What every document needs of a text: letters that XML can hold, and its direction."""

from __future__ import annotations

import re
import unicodedata

UNSPACED = frozenset({"zh", "ja", "yue", "th", "lo", "my", "km", "bo"})
"""Languages that put no space between two sentences."""

_LINE_ENDS = re.compile("\r\n?|\x85")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def clean(text: str) -> str:
    """The text without control characters. Half a surrogate pair becomes U+FFFD.

    What is left can be encoded as UTF-8 and stand in XML 1.0.
    """
    return _CONTROL.sub("", _SURROGATE.sub("\ufffd", _LINE_ENDS.sub("\n", text)))


def lead(language: str) -> str:
    """What stands between a segment and the one before."""
    return "" if language in UNSPACED else " "


def is_right_to_left(text: str) -> bool:
    """By the first letter that has a direction, as HTML's `dir=auto` decides."""
    for letter in text:
        match unicodedata.bidirectional(letter):
            case "L":
                return False
            case "R" | "AL":
                return True
    return False


def clock(seconds: float) -> str:
    """`H:MM:SS`, for a reader's eye."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}"
