# ruff: noqa: RUF001, RUF002 - letters of phonetics, meant as they are
"""What a text directs beside its words: `<break time="500ms"/>`, `[pause:1s]` and `[sigh]`.

A break is silence of the length that it names. Directions such as `[laugh]`,
`[whispering, tense]` or `[speed:1.2]` are for voices that can act; those of this package cannot,
so they skip them rather than read them aloud. So they do with small words in brackets between two
sentences, `[a door slams]`; words in other brackets are words. `[word](/wɜːd/)` is no direction.
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

_SECONDS = r"(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})"
# `<break/>`, or one with an attribute; "<break it>" is no tag. `[pause]`, `[pause:1.5s]`,
# `[silence 500 ms]`, `[long pause]`; "[pause button]" is none
_BREAK = re.compile(
    r"<break(?:\s*|\s(?=[^<>=]*=)[^<>]*)/?>"
    r"|\[\s?(?:(?:pause|silence|break|wait)\s?[:=,]?\s?[\"']?" + _SECONDS + r"\s?"
    r"(ms|milliseconds?|s|secs?|seconds?)?[\"']?|(?:(short|brief|long)\s)?(?:pause|silence|break))"
    r"\s?\](?!\()",
    re.IGNORECASE,
)
_NAMED_MS = {"short": 250, "brief": 250, "long": 1_000}
_HAS_TIME = re.compile(r"\stime\s*=", re.IGNORECASE)
_TIME = re.compile(
    rf"\stime\s*=\s*[\"']?\s*{_SECONDS}\s*(ms|s)\s*(?=[\"'\s/>])",
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
_HEARD = "applause|laughter|music|silence|beat"
_SET = (
    "voice|speed|rate|pitch|volume|emotion|style|lang|language|speaker|tone|mood|effect|sfx|sound"
)
"""What other servers let a text set: `[speed:1.2]`."""
_DIRECTION = re.compile(
    rf"\[\s?(?:{_MANNER}(?:\s?,\s?{_MANNER}){{0,8}}|{_HEARD}|(?:{_SET})\s?[:=][^\[\]\n]{{0,80}}"
    rf"|[a-z][\w-]{{0,30}}[:=]\s?[-+]?[\d.]{{1,9}}[\w%]{{0,4}})\s?\](?!\()",
    re.IGNORECASE,
)
DIRECTED = f"{_BREAK.pattern}|{_DIRECTION.pattern}"
"""The pattern of breaks and of directions that are known by their words, in any case."""
_CLOSING_TAG = re.compile(r"\[/([A-Za-z][\w-]{0,30})\]")
_TAG = re.compile(r"\[([A-Za-z][\w-]{0,30})(?:=[^\[\]\n]{0,200})?\](?!\()")
_ASIDE = re.compile(
    r"(?:(?<=[.!?…:\"'”’»] )|(?<=[.!?…])|^)[ \t]*\[(?:[a-z]{2,20}|[a-z]{1,20} [a-z']{1,20})"
    r"(?:,? [a-z']{1,20}){0,4}\](?!\()"
    r"(?=\s+[A-Z\"'“‘«¿¡\[]|\s*$)",
    re.MULTILINE,
)
"""Small words alone between two sentences."""


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
        ms = _milliseconds(match)
        if not ms or len(pauses) == MAX_BREAKS:
            return " "
        own = BREAK_MARKS[len(pauses)]
        pauses[own] = Pause(ms)
        return f" {own} "

    return _BREAK.sub(mark, text.translate(_NO_MARKS)), pauses


def without_directions(text: str) -> str:
    """`text` without the directions that a voice here cannot follow."""
    text = _DIRECTION.sub(" ", text)
    closed = {match[1].lower() for match in _CLOSING_TAG.finditer(text)}
    if closed:
        text = _CLOSING_TAG.sub("", text)
        text = _TAG.sub(lambda match: "" if match[1].lower() in closed else match[0], text)
    said = _ASIDE.sub(" ", text)
    # a text of nothing else is words
    return said if any(map(str.isalnum, said)) else text


def _milliseconds(match: re.Match[str]) -> int:
    """The length of a break; 0 when its time cannot be read."""
    tag, number, unit, name = match[0], match[1], match[2] or "s", match[3]
    if number:
        return _bounded(number, unit)
    if name:
        return _NAMED_MS[name.lower()]
    if not _HAS_TIME.search(tag):
        return DEFAULT_BREAK_MS
    time = _TIME.search(tag)
    if time is None:
        return 0
    return _bounded(time[1], time[2])


def _bounded(number: str, unit: str) -> int:
    scale = 1 if unit.lower().startswith("m") else 1000
    return min(round(float(number) * scale), MAX_BREAK_MS)
