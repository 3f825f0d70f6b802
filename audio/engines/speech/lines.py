# ruff: noqa: RUF001 - marks of many scripts, meant as they are
"""Lines of a text as one line of sentences.

A line break is a joint of wrapped prose, or it ends something: an item of a list, a verse, a line
of an address. What ends without a mark gets a full stop then, so that it ends aloud.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from audio.engines.speech.phonetic import IPA, unmarked

_PARAGRAPHS = re.compile(r"\n\s*\n")
_NUMBERED = re.compile(
    r"^[ \t]*\(?(?:(?P<number>\d{1,3})|(?P<letter>[A-Za-z]))[.)][ \t]+(?=\S)", re.MULTILINE
)
_CLOSING = "\"'”’»)]」』）*"
_ENDS = ".!?…:;,—–-。！？｡।॥؟۔։።၊၊，；：、،؛"
_WRAPPED_MIN = 30
"""Characters of a line: prose is not wrapped at fewer, and few items of lists are as long."""
_ONE_SENTENCE_MIN = 50
"""Characters of a line that is no verse, title or address by itself."""
_FULL_SHARE = 0.75
"""Of the longest line: in wrapped prose the first word of the next line would not have fitted."""
_OPEN_LIST = """
    a an the of to and or in on at for with by from into onto over under about after before between
    through without that is are was were as but if than my your his her its our their this these
    those not be been have has had will would can could who which
    el los las un una de del al y en con por para que se su es lo
    le les une des du et ou à au aux dans sur pour par qui sa son est
    der die das den dem ein eine einen und oder im am auf mit von zu zum zur für ist nicht sich
    il gli di da della che si è os um uma do dos das em no na com é
"""
_OPEN = frozenset(_OPEN_LIST.split())
"""Small words after which no line ends."""
_ARTICLES = "a an the el los las un una le les une der die das il gli um"
_JOINING = _OPEN - frozenset(_ARTICLES.split())
"""Small words that go on with a sentence; an article may begin an item of a list too."""


def numbered(text: str) -> str:
    """The text with each numbered line a paragraph: `2) Mix` -> `2. Mix`. A number that no other
    line precedes or follows in order is one of a sentence."""
    labels = {_label(match) for match in _NUMBERED.finditer(text)}

    def paragraph(match: re.Match[str]) -> str:
        label = _label(match)
        if not labels & {label - 1, label + 1}:
            return match[0]
        return f"\n\n{(match['number'] or match['letter'].upper())}. "

    return _NUMBERED.sub(paragraph, text)


def one_line(text: str) -> str:
    """The sentences of all lines; the last one ends as it was written."""
    found = [_sentences(part) for part in _PARAGRAPHS.split(text)]
    found = [part for part in found if part]
    return _strung([*(_ended(part) for part in found[:-1]), *found[-1:]])


def _label(match: re.Match[str]) -> int:
    """A number for each label; letters stand far from numbers."""
    return int(match["number"]) if match["number"] else 10_000 + ord(match["letter"])


def _sentences(paragraph: str) -> str:
    lines = [" ".join(line.split()) for line in paragraph.split("\n")]
    lines = [line for line in lines if line]
    goes_on = _joined([_seen(line) for line in lines])
    said = [line if joined else _ended(line) for line, joined in zip(lines, goes_on, strict=False)]
    return _strung([*said, *lines[-1:]])


def _strung(lines: Sequence[str]) -> str:
    """One after the other; what follows a full stop begins with a capital, or Piper reads on."""
    begun = [
        _begun(line) if before[-1:] in ".!?…" else line for before, line in pairwise(["", *lines])
    ]
    return " ".join([*lines[:1], *begun[1:]])


def _begun(line: str) -> str:
    word = line.split(maxsplit=1)[0]
    capital = line[0].upper()
    return (
        capital + line[1:] if word[0].islower() and word.islower() and len(capital) == 1 else line
    )


def _seen(line: str) -> str:
    """A line as it is written, without the phonemes beside its words."""
    return " ".join(unmarked(line).split()) or line


def _joined(lines: Sequence[str]) -> Iterator[bool]:
    """Whether each line but the last one goes on in the line after it."""
    width = max(map(len, lines), default=0)
    is_prose = width >= _WRAPPED_MIN and any(line[0].islower() for line in lines[1:])
    for number, (line, following) in enumerate(pairwise(lines)):
        is_full = len(line) + 1 + len(following.split(maxsplit=1)[0]) >= _FULL_SHARE * width
        if following[0].islower():
            joined = _goes_on(line, lines[number + 1 :]) or (
                is_full and is_prose and len(line) < _WRAPPED_MIN
            )
        elif following[0].isalpha() and not following[0].isupper():  # a script without capitals
            joined = is_full and width >= _WRAPPED_MIN // 2
        else:
            joined = (is_prose and is_full) or (len(lines) == 2 and len(line) >= _ONE_SENTENCE_MIN)
        yield joined or _asks_for_more(line, following)


def _goes_on(line: str, rest: Sequence[str]) -> bool:
    """Whether lines that begin with a small letter go on with a sentence, not with a list."""
    if len(rest[0]) >= _WRAPPED_MIN:
        return True
    is_tail = len(rest) == 1 or rest[0][-1] in _ENDS or len(rest[1]) >= _WRAPPED_MIN
    return len(line) >= _WRAPPED_MIN and is_tail


def _asks_for_more(line: str, following: str) -> bool:
    return line.rsplit(maxsplit=1)[-1] in _OPEN or following.split(maxsplit=1)[0] in _JOINING


def _ended(line: str) -> str:
    """With a full stop, unless a mark ends it already."""
    last = IPA.sub("a", line).rstrip(_CLOSING)[-1:]
    is_said = last.isalnum() or last in "%°" or unicodedata.category(last or " ")[0] in "MNS"
    return line + "." if is_said and last not in _ENDS else line
