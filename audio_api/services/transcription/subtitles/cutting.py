"""A transcript cut into cues, and cues into lines.

Of all ways to cut it, the one that costs least is taken: cues end where sentences and clauses do or
where the speaker pauses, and stay on the screen long enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby, pairwise
from operator import attrgetter

from audio_api.services.transcription.subtitles.layout import (
    MAX_CUE_SECONDS,
    MIN_CUE_SECONDS,
    Layout,
)
from audio_api.services.transcription.subtitles.lines import Lines
from audio_api.services.transcription.subtitles.pieces import Piece, Spoken, columns, pieces_of

_LONG_PAUSE_SECONDS = 1.5
"""Nothing stays on the screen while nobody speaks for so long."""
_EARLY_SECONDS = _LATE_SECONDS = 0.5
"""By how much a short cue may be shown before and after its words."""
_CUE_COST = 1.0
_SENTENCE_INSIDE_COST = 2.0
"""More than a cue costs: each sentence has one of its own, where it is long enough."""
_EMPTY_COST = 0.5
_TOO_SHORT_COST = 20.0
"""A second that is missing."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown at once. Seconds; lines: none is empty."""

    start: float
    end: float
    lines: tuple[str, ...]
    speaker: str = ""


def cues_of(
    spoken: Sequence[Spoken],
    *,
    duration: float,
    layout: Layout,
    names_speakers: bool = False,
) -> list[Cue]:
    """The cues in the order of time. None of lines overlaps the one after it: what is said at once
    is shown one after the other.

    duration: seconds of the recording, which no cue outlasts. names_speakers: whether the first
    line begins with the name, a colon and a space, which take their room.
    """
    if layout.kind == "segment":
        return [
            Cue(*_times(each, duration), (text,), each.speaker)
            for each in spoken
            if (text := " ".join(each.text.splitlines()).strip())
        ]
    cues: list[Cue] = []
    for (speaker, language), turn in groupby(spoken, lambda each: (each.speaker, each.language)):
        if layout.kind == "word":
            words = [word for each in turn for word in pieces_of(each)]
            cues += [Cue(*_times(word, duration), (word.text,), speaker) for word in words]
            continue
        width = layout.line_width(language)
        room = columns(f"{speaker}: ") if speaker and names_speakers else 0
        pieces = [piece for each in turn for piece in pieces_of(each, width)]
        for part in _without_pauses(pieces):
            lines = Lines(part, width, layout.line_count, layout.max_words_per_line, room)
            for first, end in pairwise(_cuts(lines)):
                start, _ = _times(part[first], duration)
                _, last = _times(part[end - 1], duration)
                cues.append(Cue(start, last, lines.of_cue(first, end), speaker))
    # those who talk at once have turns that begin before the last one has ended
    cues.sort(key=attrgetter("start"))
    return cues if layout.kind == "word" else list(_long_enough(cues, duration))


def _times(piece: Piece | Spoken, duration: float) -> tuple[float, float]:
    start = min(max(piece.start, 0.0), duration)
    return start, min(max(piece.end, start), duration)


def _without_pauses(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """The pieces in parts, between which nobody speaks for long."""
    part: list[Piece] = []
    for piece in pieces:
        if part and piece.start - part[-1].end >= _LONG_PAUSE_SECONDS:
            yield part
            part = []
        part.append(piece)
    if part:
        yield part


def _cuts(lines: Lines) -> list[int]:
    """Where cues begin, and the end of the last one: the cheapest of all ways."""
    pieces, count = lines.pieces, len(lines.pieces)
    ends = [lines.cost_of_end(k) for k in range(1, count + 1)]
    inside = [0.0, *accumulate(_SENTENCE_INSIDE_COST if cost == 0.0 else 0.0 for cost in ends)]
    costs, following = [0.0] * (count + 1), [count] * (count + 1)
    for first in range(count - 1, -1, -1):
        costs[first] = float("inf")
        for end in range(first + 1, lines.farthest(first) + 1):
            is_single = end == first + 1
            if pieces[end - 1].end - pieces[first].start > MAX_CUE_SECONDS and not is_single:
                break
            cost = _CUE_COST + inside[end - 1] - inside[first] + costs[end]
            cost += _EMPTY_COST * lines.emptiness(first, end)
            if end < count:
                shown = pieces[end].start - pieces[first].start
                cost += ends[end - 1] + _TOO_SHORT_COST * max(MIN_CUE_SECONDS - shown, 0.0)
            if cost < costs[first]:
                costs[first], following[first] = cost, end
    cuts = [0]
    while cuts[-1] < count:
        cuts.append(following[cuts[-1]])
    return cuts


def _long_enough(cues: Sequence[Cue], duration: float) -> Iterator[Cue]:
    """Each cue for at least a second, where the one after it leaves room, and none for too long."""
    before = 0.0
    following = [*(cue.start for cue in cues[1:]), duration]
    for cue, latest in zip(cues, following, strict=False):
        start = max(cue.start, before)
        if latest < cue.end or start > cue.start:  # said at once: the next one can wait
            latest = max(latest, min(start + MIN_CUE_SECONDS, (start + duration) / 2))  # noqa: PLW2901
        end = max(min(cue.end, start + MAX_CUE_SECONDS, latest), start)
        end = max(end, min(end + _LATE_SECONDS, start + MIN_CUE_SECONDS, latest))
        start = min(start, max(start - _EARLY_SECONDS, end - MIN_CUE_SECONDS, before))
        before = max(end, min(start + MIN_CUE_SECONDS, latest))
        yield replace(cue, start=start, end=before)
