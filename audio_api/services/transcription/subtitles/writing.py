"""Cues as SubRip and as WebVTT."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from audio_api.services.transcription.subtitles.cutting import Cue

_ARROW = re.compile("-{2,}>")


def srt(cues: Iterable[Cue]) -> str:
    """SubRip: numbered cues, comma before the milliseconds. "" without a cue.

    It has no field for a speaker: the name stands before the text.
    """
    return "".join(
        f"{number}\n{_cue(cue, _spoken(cue), decimal=',')}"
        for number, cue in enumerate(cues, start=1)
    )


def vtt(cues: Iterable[Cue], *, escapes: bool = False) -> str:
    """WebVTT, hours always written. A speaker is a voice.

    escapes: whether what would be markup is written as text.
    """
    return "WEBVTT\n\n" + "".join(_cue(cue, _voiced(cue, escapes), decimal=".") for cue in cues)


def _spoken(cue: Cue) -> str:
    text = _without_arrows("\n".join(map(_one_line, cue.lines)))
    return f"{_without_arrows(_one_line(cue.speaker))}: {text}" if cue.speaker else text


def _voiced(cue: Cue, escapes: bool) -> str:
    text = "\n".join(map(_one_line, cue.lines))
    text = escape(text, quote=False) if escapes else _without_arrows(text)
    return f"<v {escape(_one_line(cue.speaker), quote=False)}>{text}" if cue.speaker else text


def _one_line(text: str) -> str:
    # an empty line would end the cue
    return " ".join(text.split())


def _without_arrows(text: str) -> str:
    # one would begin another cue
    return _ARROW.sub("->", text)


def _cue(cue: Cue, text: str, *, decimal: str) -> str:
    return f"{_clock(cue.start, decimal)} --> {_clock(cue.end, decimal)}\n{text}\n\n"


def _clock(seconds: float, decimal: str) -> str:
    """`HH:MM:SS`, the decimal mark, milliseconds; hours may pass 99."""
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02d}:{minute:02d}:{second:02d}{decimal}{milliseconds:03d}"
