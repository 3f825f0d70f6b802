# ruff: noqa: RUF001 - letters of phonetics, meant as they are
"""What a text directs beside its words: `<break time="500ms"/>` and `[sigh]`.

A break is silence of the length that it names. Directions such as `[laugh]` or
`[whispering, tense]` are for voices that can act; those of this package cannot, so they skip
them rather than read them aloud. Words in other brackets are words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_BREAK_MS = 10_000
"""A longer break is this long."""
MAX_BREAKS = 20
"""In one text; those after it are skipped."""
DEFAULT_BREAK_MS = 500
"""Of a `<break/>` that names no time."""

BREAK_MARKS = "".join(chr(0xE000 + number) for number in range(MAX_BREAKS))
"""Characters of no script: each stands for one break while the text around it is cleaned."""
_NO_MARKS = str.maketrans(dict.fromkeys(BREAK_MARKS, " "))

# `<break/>`, or one with an attribute; "<break it>" is no tag
_BREAK = re.compile(r"<break(?:\s*|\s(?=[^<>=]*=)[^<>]*)/?>", re.IGNORECASE)
_HAS_TIME = re.compile(r"\stime\s*=", re.IGNORECASE)
_TIME = re.compile(
    r"\stime\s*=\s*[\"']?\s*(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})\s*(ms|s)\s*(?=[\"'\s/>])",
    re.IGNORECASE,
)
_SOUNDS = (
    "laugh|sigh|breath|cough|yawn|chuckl|gasp|groan|giggl|whisper|shout|scream|cry|cri|sob|sobb"
    "|sniff|hum|humm|moan|gulp|mumbl|sing|snort|cheer|inhal|exhal"
)
"""Stems of what a voice does."""
_MOODS = (
    "tense|excited|happy|sad|angry|nervous|sarcastic|calm|curious|surprised|annoyed|dramatic"
    "|soft|loud|quiet|excitedly|happily|sadly|angrily|nervously|sarcastically|calmly|softly|loudly"
    "|quietly|dramatically"
)
# how AudioPod writes a manner and a sound: `[whispering, tense]`, `[clear throat]`, and in which
# other forms people write them: `[laughs]`, `[laughing softly]`, `[clears throat]`
_ACTED = rf"(?:{_SOUNDS})(?:e|s|es|ing)?|clear(?:s|ing)? throat|{_MOODS}"
_MANNER = rf"(?:{_ACTED})(?: (?:{_MOODS}))?"
_DIRECTION = re.compile(rf"\[\s*{_MANNER}(?:\s*,\s*{_MANNER})*\s*\]", re.IGNORECASE)

IPA = re.compile(r"((?<![\w/])/(?=[^/\s]{0,60}[\u0250-\u02ff])[^/\s\d]{1,60}/(?![\w/]))")
"""A word in the letters of the International Phonetic Alphabet, between slashes: `/təˈmeɪtoʊ/`. One
of these letters at least is of no other alphabet, or `/and/` would be one."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence between words, in milliseconds: as long at every speed."""

    ms: int


def with_marks(text: str) -> tuple[str, dict[str, Pause]]:
    """`text` with a mark in the place of each break, and how long the break of each mark is.

    A break whose time cannot be read, and one too many, is no break: it falls away.
    """
    pauses: dict[str, Pause] = {}

    def mark(match: re.Match[str]) -> str:
        ms = _milliseconds(match[0])
        if not ms or len(pauses) == MAX_BREAKS:
            return " "
        own = BREAK_MARKS[len(pauses)]
        pauses[own] = Pause(ms)
        return f" {own} "

    return _BREAK.sub(mark, text.translate(_NO_MARKS)), pauses


def without_directions(text: str) -> str:
    """`text` without the directions that a voice here cannot follow."""
    return _DIRECTION.sub(" ", text)


def _milliseconds(tag: str) -> int:
    """The length of a break; 0 when its time cannot be read."""
    if not _HAS_TIME.search(tag):
        return DEFAULT_BREAK_MS
    time = _TIME.search(tag)
    if time is None:
        return 0
    scale = 1 if time[2].lower() == "ms" else 1000
    return min(round(float(time[1]) * scale), MAX_BREAK_MS)
