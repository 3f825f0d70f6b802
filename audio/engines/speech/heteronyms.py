# ruff: noqa: RUF001 - apostrophes and phonetic letters, meant as they are
"""English words that sound as they are meant: "I read it" yesterday, and "I will read it".

espeak-ng knows one sound of such a word, or guesses from the word before it. A tagger tells what
each word is in its sentence, and `heteronyms.toml` how to spell that for espeak-ng. All other words
stay as they are, and so does the accent of a voice.
"""

from __future__ import annotations

import logging
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from audio.engines.speech import tagging
from audio.engines.speech.phonetic import IPA

log = logging.getLogger(__name__)

TABLE = Path(__file__).with_name("heteronyms.toml")
_TRIAL = "I read it yesterday, and will read it to them."
_TRIAL_MEANT = "I red it yesterday, and will reed it to them."

_SENTENCE = re.compile(r"(?:[^.!?…\n]|[.!?…](?!['\"’”)]{0,3}(?:\s|$)))+[.!?…\n]*")
"""Up to a mark at which a sentence ends: that of "3.14" and "example.com" is none."""
_WORD = re.compile(
    r"[^\W\d_]+?(?=n['’]t\b)|n['’]t\b|['’](?:s|m|d|ll|re|ve)\b|\w+|[^\w\s]", re.IGNORECASE
)
_VERBS = frozenset({"VB", "VBD", "VBG", "VBN", "VBP", "VBZ"})
_NAMED = {
    "verb": _VERBS,
    "past": frozenset({"VBD", "VBN"}),
    "adjective": frozenset({"JJ", "JJR", "JJS"}),
    "noun": frozenset({"NN", "NNS", "NNP", "NNPS"}),
}
"""A section of the table -> tags of the second spelling."""

_HAVE = frozenset({"have", "has", "had", "having", "'ve"})
_BE = frozenset({"am", "is", "are", "was", "were", "be", "been", "being", "'s", "'re", "'m"})
_BASE = frozenset(
    {"to", "do", "does", "did", "will", "would", "can", "could", "shall", "should", "may", "might"}
    | {"must", "'ll", "let", "help"}
)
"""What the form of a verb that is no participle follows: "did you read it"."""
_BETWEEN = frozenset({"RB", "PRP", "NNP"})
"""Tags of what stands between an auxiliary and its verb."""
_REACH = 4
"""Words that an auxiliary stands at most before its verb."""
_NEITHER = frozenset({"i", "you", "we", "they", "people"})
"""Subjects after which "read" may be of either time."""
_THINGS = frozenset({"everything", "nothing", "something", "anything", "everybody", "everyone"})
_NOT_PLURAL = frozenset({"arms", "customs", "goods", "news", "sales", "savings", "sports"})
"""Words that stand before another noun: "a sales record"."""
_AFTER_VERB = frozenset({"DT", "PRP", "PRP$", "WRB", "RB", "IN", "TO"})
"""Tags of what follows a verb, and a noun between two nouns does not."""
_HABITS = frozenset({"always", "daily", "every", "often", "sometimes", "usually"})
_THEN = frozenset({"ago", "last", "once", "then", "yesterday", "when"})


@dataclass(frozen=True, slots=True)
class _Near:
    """The spelling of a word that has one of these at most `within` words before or after it."""

    spelling: str
    within: int
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Word:
    """usual, named: two spellings; the second is for the tags in `tags`."""

    usual: str
    named: str
    tags: frozenset[str]
    near: _Near | None


def respelt(text: str) -> str:
    """English `text` with each word of the table as espeak-ng reads what is meant; `text` itself
    where no tagger is installed, or it fails. What is in phonemes already stays."""
    if not is_active():
        return text
    try:
        return _respelt(text)
    except Exception:  # whatever such a library raises
        log.exception("A text is read without regard to what its words are.")
        return text


@lru_cache(maxsize=1)
def is_active() -> bool:
    """Whether the tagger is here and tells a sentence right: it is optional, and may not fit."""
    if not tagging.installed():
        return False
    try:
        said = _respelt(_TRIAL)
    except Exception:  # whatever such a library raises
        log.exception("English words of several sounds are left to espeak-ng.")
        return False
    if said == _TRIAL_MEANT:
        return True
    log.error("English words of several sounds are left to espeak-ng: read as %r.", said)
    return False


@lru_cache(maxsize=1)
def table() -> dict[str, _Word]:
    """The words of `heteronyms.toml`."""
    data: dict[str, dict[str, Any]] = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    near = {
        word: _Near(each["spelling"], each["within"], frozenset(each["words"]))
        for word, each in data.pop("near").items()
    }
    return {
        word: _Word(usual, named, _NAMED[section], near.get(word))
        for section, words in data.items()
        for word, (usual, named) in words.items()
    }


def _respelt(text: str) -> str:
    parts = IPA.split(text)
    # every second part is in phonemes already
    parts[::2] = (_SENTENCE.sub(_sentence, part) for part in parts[::2])
    return "".join(parts)


def _sentence(found: re.Match[str]) -> str:
    sentence = found[0]
    matches = list(_WORD.finditer(sentence))
    words = [match[0].replace("’", "'").lower() for match in matches]
    if table().keys().isdisjoint(words) and "used" not in words:
        return sentence
    # a word in capitals is none that the model has seen
    tags = tagging.tags([_as_seen(match[0]) for match in matches])
    out, copied = [], 0
    for at, match in enumerate(matches):
        spelling = _spelling(words, tags, at)
        if spelling and not _is_of_a_compound(sentence, match):
            # espeak-ng hears from it where a sentence begins
            cased = spelling.capitalize() if match[0][0].isupper() else spelling
            out += [sentence[copied : match.start()], cased]
            copied = match.end()
    return "".join([*out, sentence[copied:]])


def _as_seen(word: str) -> str:
    return word.lower() if len(word) > 1 and word.isupper() else word.replace("’", "'")


def _is_of_a_compound(sentence: str, match: re.Match[str]) -> bool:
    """Whether it is a part of "close-up", which espeak-ng knows as a whole."""
    return "-" in {sentence[match.start() - 1 : match.start()], sentence[match.end() :][:1]}


def _spelling(words: Sequence[str], tags: Sequence[str], at: int) -> str | None:
    if words[at] == "used":
        return "yoost" if _is_habit(words, tags, at) else None
    word = table().get(words[at])
    if word is None:
        return None
    if words[at] == "read":
        named = _is_past(words, tags, at)
    else:
        named = tags[at] in word.tags or (word.tags is _VERBS and _has_a_subject(words, tags, at))
    near = word.near
    if near and tags[at] not in _VERBS and near.words & _around(words, at, near.within):
        return near.spelling
    return word.named if named else word.usual


def _around(words: Sequence[str], at: int, within: int) -> frozenset[str]:
    return frozenset([*words[max(0, at - within) : at], *words[at + 1 : at + 1 + within]])


def _is_past(words: Sequence[str], tags: Sequence[str], at: int) -> bool:
    """Whether "read" is of the past, or a participle. Taggers miss what is a few words away."""
    helper = _auxiliary(words, tags, at)
    if helper:
        return helper not in _BASE
    if tags[at] not in _NAMED["past"]:
        return tags[at] == "VBP" and not _THEN.isdisjoint(words)
    may_be_either = at > 0 and (words[at - 1] in _NEITHER or tags[at - 1] == "NNS")
    is_habit = not _HABITS.isdisjoint(words) and _THEN.isdisjoint(words)
    return not (may_be_either and is_habit)


def _has_a_subject(words: Sequence[str], tags: Sequence[str], at: int) -> bool:
    """Whether what is tagged a noun is the verb of the plural before it: "Metals contract when they
    cool"."""
    before, after = at - 1, words[at + 1 : at + 2]
    if tags[at] != "NN" or before < 0 or tags[before] != "NNS" or words[before] in _NOT_PLURAL:
        return False
    if not after or after[0] == "of":
        return False
    return tags[at + 1] in _AFTER_VERB or after[0] in _THINGS


def _auxiliary(words: Sequence[str], tags: Sequence[str], at: int) -> str | None:
    """The auxiliary that a verb belongs to, if there is one."""
    for before in range(at - 1, max(-1, at - 1 - _REACH), -1):
        word = words[before]
        if word in _HAVE or word in _BE or word in _BASE:
            return word
        # a question begins with it: "Have the children read it?"
        if tags[before] not in _BETWEEN and word != "n't" and words[0] not in _HAVE | _BASE:
            return None
    return None


def _is_habit(words: Sequence[str], tags: Sequence[str], at: int) -> bool:
    """Whether "used to" is that of "I used to live" and "we are used to it"."""
    if words[at + 1 : at + 2] != ["to"]:
        return False
    is_passive = bool(_BE.intersection(words[max(0, at - 2) : at]))
    return not (is_passive and tags[at + 2 : at + 3] == ["VB"])
