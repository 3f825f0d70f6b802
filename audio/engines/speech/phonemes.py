"""Text to phonemes for Kokoro: espeak-ng for most languages, misaki for Japanese and Mandarin."""

from __future__ import annotations

# ruff: noqa: RUF001 - marks of many scripts, meant as they are
import re
import threading
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from audio.engines.speech.directing import IPA

_espeak_lock = threading.Lock()
"""espeak-ng keeps global state: one text at a time in a process (about a millisecond each)."""

_MARK = re.compile(r"(\s*(?:[;!?¡¿—–…\"«»“”()。，、；：！？،؛؟।॥]|(?<!\w)[.,:]|[.,:](?!\w))+\s*)")
"""Marks that Kokoro pauses at. A point or comma inside a word or number is the number's own."""
_PLAIN_MARKS = str.maketrans("–。，、；：！？،؛؟।॥«»", "—.,,;:!?,;?..“”")
"""Kokoro's vocabulary has a mark of each kind, but not those of every script."""
_NO_MARK = "\x00"
"""A mark that no cleaned text holds: marks are set aside here, not by phonemizer."""

_MISAKI_NEEDS = {
    "ja": ("misaki", "pyopenjtalk"),
    "zh": ("misaki", "jieba", "pypinyin", "cn2an"),
}
_MISAKI_CLASSES = {"ja": ("misaki.ja", "JAG2P"), "zh": ("misaki.zh", "ZHG2P")}


def speaks(language: str) -> bool:
    """Whether `language` (an espeak voice, `ja` or `zh`) can be turned into phonemes here."""
    return all(find_spec(package) for package in _MISAKI_NEEDS.get(language, ()))


def phonemes(text: str, language: str) -> str:
    """IPA in Kokoro's spelling, with the marks that it pauses at, for a cleaned text."""
    if language in _MISAKI_NEEDS:
        with _espeak_lock:
            spoken, _ = _misaki(language)(text)
        return " ".join(str(spoken or "").split())
    parts = IPA.split(text)
    # every second part is in phonemes already
    said = [
        part[1:-1] if number % 2 else _by_espeak(part, language)
        for number, part in enumerate(parts)
        if part.strip()
    ]
    return " ".join(part for part in said if part)


def _by_espeak(text: str, language: str) -> str:
    parts = _MARK.split(text)
    with _espeak_lock:
        spoken = _espeak(language).phonemize([part for part in parts[::2] if part], strip=True)
    return _joined(parts, spoken)


def _joined(parts: list[str], spoken: list[str]) -> str:
    """Put the marks (every second part) back between the clauses that were spoken."""
    clauses = iter(spoken)
    out = []
    for index, part in enumerate(parts):
        if index % 2:
            out.append(re.sub(r"\s+", " ", part.translate(_PLAIN_MARKS)))
        elif part:
            out.append(next(clauses))
    return "".join(out).strip()


@lru_cache(maxsize=16)
def _espeak(language: str) -> Any:
    """A backend per language: building one loads the library and its voice."""
    from phonemizer.backend import EspeakBackend

    return EspeakBackend(
        language,
        punctuation_marks=_NO_MARK,
        preserve_punctuation=True,
        with_stress=True,
        # "(en)computer(fr)" would be read with its brackets
        language_switch="remove-flags",
    )


@lru_cache(maxsize=2)
def _misaki(language: str) -> Callable[[str], tuple[str | None, Any]]:
    module, name = _MISAKI_CLASSES[language]
    g2p: Callable[[str], tuple[str | None, Any]] = getattr(import_module(module), name)()
    return g2p
