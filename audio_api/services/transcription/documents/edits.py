"""What people correct: `PUT …/edit` with all segments of the transcript as they are to be.

A segment that the list leaves out is removed, one without an id is added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from audio_api.services.transcription.documents.building import DECIMALS
from audio_api.services.transcription.documents.reading import Row, Rows, rows_of
from audio_api.services.transcription.documents.stored import StoredSegment, StoredTranscript
from audio_api.services.transcription.documents.wording import clean, lead
from audiopod.common.problem import Problem

ROUNDING_SECONDS = 0.05
"""Two segments of a speaker may overlap by as much, and the last one pass the end of the audio."""
MAX_NOTES_CHARACTERS = 1_000
MOST_CHARACTERS_PER_SECOND, MOST_CHARACTERS_BESIDE = 40, 10_000
"""Of a transcript; twice what a fast speaker says. A PDF of more would take minutes to make."""
Known = Mapping[int, StoredSegment]


def apply_edits(stored: StoredTranscript, segments: object) -> tuple[StoredTranscript, int]:
    """The transcript with its segments replaced, and how many were added, removed or changed.

    segments: `[{id, start, end, text, speaker_label, confidence}]` from the request's JSON, in
    order of time. Without a `speaker_label` or `confidence` a segment keeps its own. The history
    is left to `as_next_version`. Raises Problem: 400 for what has the wrong shape, 422 for what
    cannot be a transcript.
    """
    known = {segment.id: segment for segment in stored.segments}
    rows = rows_of(segments)
    ids = _ids(rows, known)
    speakers = _Speakers(stored.segments)
    edited = tuple(
        _edited(row, number, known.get(number), stored, speakers)
        for row, number in zip(rows, ids, strict=True)
    )
    _check_times(rows, edited, known, stored.duration)
    _check_length(edited, stored)
    changed = sum(known.get(segment.id) != segment for segment in edited)
    removed = len(known.keys() - set(ids))
    return replace(stored, segments=edited), changed + removed


def checked_notes(notes: object) -> str:
    """`edit_notes` of a request, "" where there are none. Raises Problem."""
    if notes is None:
        return ""
    if not isinstance(notes, str):
        raise Problem("`edit_notes` must be a string.", param="edit_notes")
    if len(notes) > MAX_NOTES_CHARACTERS:
        raise Problem(
            f"`edit_notes` may have {MAX_NOTES_CHARACTERS:,} characters at most.",
            param="edit_notes",
        )
    return clean(notes).strip()


class _Speakers:
    """The numbers of the labels; a label that is new gets the next one."""

    def __init__(self, segments: Sequence[StoredSegment]) -> None:
        self._ids: dict[str, int] = {}
        for segment in segments:
            if segment.speaker_label is not None and segment.speaker_id is not None:
                self._ids[segment.speaker_label] = segment.speaker_id
        self._next = max(self._ids.values(), default=-1) + 1

    def id_of(self, label: str) -> int:
        if label not in self._ids:
            self._ids[label] = self._next
            self._next += 1
        return self._ids[label]


def _ids(rows: Rows, known: Known) -> list[int]:
    """The id of each row: its own, or the next free one."""
    following = max(known, default=0)
    seen: set[int] = set()
    ids = []
    for row in rows:
        number = row.optional_id()
        if number is None:
            following += 1
            number = following
        elif number not in known:
            raise row.impossible("id", f"there is no segment {number}. A new one has no id")
        elif number in seen:
            raise row.impossible("id", f"segment {number} is in the list twice")
        seen.add(number)
        ids.append(number)
    return ids


def _edited(
    row: Row,
    number: int,
    old: StoredSegment | None,
    stored: StoredTranscript,
    speakers: _Speakers,
) -> StoredSegment:
    start, end = (round(row.seconds(name), DECIMALS) for name in ("start", "end"))
    if old is None:
        text = row.text(unlike=None)
        old = StoredSegment(number, start, end, lead(stored.language) + text, 1.0, stored.language)
    else:
        text = row.text(unlike=old.text.strip())
    edited = replace(old, start=start, end=end, confidence=row.confidence(old.confidence))
    edited = _with_text(edited, text)
    return _with_speaker(edited, row, speakers)


def _with_text(segment: StoredSegment, text: str) -> StoredSegment:
    """With the words that still are those of the text and lie within its times, or with none."""
    space = segment.text[: len(segment.text) - len(segment.text.lstrip())]
    is_same = segment.text.strip() == text
    text = segment.text if is_same else space + text
    earliest, latest = segment.start - ROUNDING_SECONDS, segment.end + ROUNDING_SECONDS
    is_within = all(earliest <= word.start and word.end <= latest for word in segment.words)
    spoken = "".join(word.word for word in segment.words)
    keeps = is_within and (is_same or _without_spaces(spoken) == _without_spaces(text))
    return replace(segment, text=text, words=segment.words if keeps else ())


def _without_spaces(text: str) -> str:
    return "".join(text.split())


def _with_speaker(segment: StoredSegment, row: Row, speakers: _Speakers) -> StoredSegment:
    if not row.has("speaker_label"):
        return segment
    label = row.label()
    if label == segment.speaker_label:
        return segment
    number = None if label is None else speakers.id_of(label)
    return replace(segment, speaker_id=number, speaker_label=label, speaker=label)


def _check_times(
    rows: Rows, segments: Sequence[StoredSegment], known: Known, duration: float
) -> None:
    """What the engine itself heard may overlap: only times that are new are judged, with those of
    the same speaker, for several may talk at once."""
    before = 0.0
    last: dict[str | None, StoredSegment] = {}
    for row, segment in zip(rows, segments, strict=True):
        if segment.end < segment.start:
            raise row.impossible("end", "it lies before `start`")
        is_new = not _keeps_times(segment, known)
        if is_new and segment.end > duration + ROUNDING_SECONDS:
            raise row.impossible("end", f"the audio ends after {duration:g} seconds")
        if segment.start < before:
            raise row.impossible("start", "the segments must be in order of time")
        if earlier := last.get(segment.speaker_label):
            is_new = is_new or not _keeps_times(earlier, known)
            if is_new and segment.start < earlier.end - ROUNDING_SECONDS:
                raise row.impossible("start", f"it lies before the end of segment {earlier.id}")
        before = segment.start
        last[segment.speaker_label] = segment


def _check_length(edited: Sequence[StoredSegment], stored: StoredTranscript) -> None:
    """What was heard may be as long as it is."""
    most = round(stored.duration * MOST_CHARACTERS_PER_SECOND) + MOST_CHARACTERS_BESIDE
    most = max(most, _characters(stored.segments))
    if (whole := _characters(edited)) > most:
        raise Problem(
            f"The text has {whole:,} characters, and a transcript of {stored.duration:g} seconds"
            f" may have {most:,}.",
            status=422,
            param="segments",
        )


def _characters(segments: Sequence[StoredSegment]) -> int:
    return sum(len(segment.text) for segment in segments)


def _keeps_times(segment: StoredSegment, known: Known) -> bool:
    old = known.get(segment.id)
    return old is not None and (old.start, old.end) == (segment.start, segment.end)
