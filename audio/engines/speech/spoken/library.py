"""damga (Apache-2.0): numbers, dates, times and prices in words, by a grammar for each language."""

from __future__ import annotations

import logging
import re
import threading
from functools import lru_cache
from typing import Any

log = logging.getLogger(__name__)
_lock = threading.Lock()
"""A grammar is read from the disk once: 16 to 83 MB and 0.1 to 0.4 seconds."""
# a digit, a sign, a Roman numeral ("I" only after a name) or a point inside
_SHORT = re.compile(
    r"[\d$€£¥₹%°&@#/+=<>½¼¾⅓⅔]|\b(?!I\b)[IVXLCDM]+\b|\b[A-Z][a-z]+ I\b|\.(?=[\w,;: ])"
)

_POINTED_UNIT = re.compile(
    r"(?<=\d)( ?(?:min|h|hr|sec|seg|kg|g|mg|km|m|cm|mm|l|ml|oz|mi|mph))\.(?= [a-zà-ÿ])"
)
_AFTER_ADDRESS = re.compile(r"(?<=\w)\.$")


def by_library(text: str, language: str) -> str:
    """A sentence in words; as it was where the library has no wheel for this Python.

    language: `de`, `en`, `es`, `fr` or `it`. Raises what the library raises.
    """
    if not _SHORT.search(text):
        return text
    text = _POINTED_UNIT.sub(r"\1", text)
    last = text.rsplit(maxsplit=1)[-1]
    if "/" in last or "@" in last:  # the point after an address is none of it
        text = _AFTER_ADDRESS.sub("", text)
    with _lock:
        grammar = _grammar(language)
    return text if grammar is None else str(grammar.normalize(text))


@lru_cache
def _grammar(language: str) -> Any:
    try:
        import damga
    except ImportError:
        log.warning("damga is not installed: numbers are left to the voice.")
        return None
    return damga.Normalizer(mode="tn", lang=language)
