"""Text to phonemes for Kokoro: espeak-ng for most languages, misaki for Japanese and Mandarin."""

from __future__ import annotations

# ruff: noqa: RUF001 - marks of many scripts, meant as they are
import logging
import re
import threading
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from audio.engines.speech.heteronyms import respelt
from audio.engines.speech.phonetic import IPA, sounds

log = logging.getLogger(__name__)

_espeak_lock = threading.Lock()
"""espeak-ng keeps global state: one text at a time in a process (about a millisecond each)."""

_MARK = re.compile(r"(\s*(?:[;!?¡¿—–…\"«»“”()。，、；：！？،؛؟।॥]|(?<!\w)[.,:]|[.,:](?!\w))+\s*)")
"""Marks that Kokoro pauses at. A point or comma inside a word or number is the number's own."""
_PLAIN_MARKS = str.maketrans("–。，、；：！？،؛؟।॥«»", "—.,,;:!?,;?..“”")
"""Kokoro's vocabulary has a mark of each kind, but not those of every script."""
_NO_MARK = "\x00"
"""A mark that no cleaned text holds: marks are set aside here, not by phonemizer."""

_ESPEAK_NAMES = {"en": "en-us", "fr": "fr-fr", "no": "nb", "zh": "cmn"}
"""ISO 639 -> espeak-ng's name, where that is another one."""

# requirements-ja.txt and requirements-zh.txt install these
_MISAKI_NEEDS = {
    "ja": ("misaki", "fugashi", "unidic_lite", "jaconv", "mojimoji"),
    "zh": ("misaki", "jieba", "pypinyin", "cn2an", "ordered_set"),
}
# of Japanese the part that misaki uses by itself: `misaki.ja` wants pyopenjtalk beside it
_MISAKI_CLASSES = {"ja": ("misaki.cutlet", "Cutlet"), "zh": ("misaki.zh", "ZHG2P")}
_TRIALS = {"ja": ("今日は、東京に行きます。", "toːkʲoː"), "zh": ("你好，北京。", "ni↓xau↓")}
_LATIN_WORDS = re.compile(r"([A-Za-zÀ-ɏ]+(?:['’ .-][A-Za-zÀ-ɏ]+)*)")
"""Words of other languages amid Japanese or Chinese, which read them as English ones."""


def speaks(language: str) -> bool:
    """Whether `language` (an espeak voice, `ja` or `zh`) can be turned into phonemes here."""
    needs = _MISAKI_NEEDS.get(language, ())
    return all(find_spec(package) for package in needs) and (not needs or _works(language))


@lru_cache(maxsize=2)
def _works(language: str) -> bool:
    """Whether its library reads a sentence: it and its dictionary are optional, and may not fit."""
    text, wanted = _TRIALS[language]
    try:
        said = phonemes(text, language)
    except Exception:  # whatever such a library raises
        log.exception("The voices of %r are not offered: it cannot be pronounced here.", language)
        return False
    if wanted in said:
        return True
    log.error("The voices of %r are not offered: %s was read as %r.", language, text, said)
    return False


def espeak_name(language: str) -> str:
    """What espeak-ng calls a language (BCP 47); American English for one that it does not speak."""
    tag = language.lower()
    code = tag.partition("-")[0]
    names = (tag, code, _ESPEAK_NAMES.get(code))
    return next((name for name in names if name in _espeak_languages()), "en-us")


def phonemes(text: str, language: str) -> str:
    """IPA in Kokoro's spelling, with the marks that it pauses at, for a cleaned text."""
    read = _by_misaki if language in _MISAKI_NEEDS else _by_espeak
    is_english = language.startswith("en")
    parts = IPA.split(respelt(text) if is_english else text)
    # every second part is in phonemes already
    said = [
        sounds(part, english=is_english) if number % 2 else read(part, language)
        for number, part in enumerate(parts)
        if part.strip()
    ]
    return " ".join(part for part in said if part)


def _by_misaki(text: str, language: str) -> str:
    said = []
    for number, part in enumerate(_LATIN_WORDS.split(text)):
        if number % 2:
            said.append(f" {_by_espeak(part, 'en-us')} ")
        elif part.strip():
            with _espeak_lock:
                spoken, _ = _misaki(language)(part)
            said.append(str(spoken or ""))
    return " ".join("".join(said).split())


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
    return _backend()(
        language,
        punctuation_marks=_NO_MARK,
        preserve_punctuation=True,
        with_stress=True,
        # "(en)computer(fr)" would be read with its brackets
        language_switch="remove-flags",
        logger=_quiet(),
    )


def _quiet() -> logging.Logger:
    """phonemizer warns of each text whose words it does not count as espeak-ng does."""
    logger = logging.getLogger("audio.phonemizer")
    logger.setLevel(logging.ERROR)
    return logger


@lru_cache(maxsize=1)
def _espeak_languages() -> frozenset[str]:
    with _espeak_lock:
        return frozenset(_backend().supported_languages())


def _backend() -> Any:
    """The class, which has been told where espeak-ng is."""
    import espeakng_loader
    from phonemizer.backend import EspeakBackend
    from phonemizer.backend.espeak.wrapper import EspeakWrapper

    EspeakWrapper.set_library(espeakng_loader.get_library_path())
    EspeakWrapper.set_data_path(espeakng_loader.get_data_path())
    return EspeakBackend


@lru_cache(maxsize=2)
def _misaki(language: str) -> Callable[[str], tuple[str | None, Any]]:
    module, name = _MISAKI_CLASSES[language]
    g2p: Callable[[str], tuple[str | None, Any]] = getattr(import_module(module), name)()
    return g2p
