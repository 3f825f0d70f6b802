"""The segments of an edit as a client sends them: read field by field, refused in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from audio_api.services.transcription.documents.wording import clean
from audiopod.common.problem import Problem

MAX_SEGMENTS = 20_000
MAX_SEGMENT_CHARACTERS = 10_000
MAX_LABEL_CHARACTERS = 100
MAX_SECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One segment of the request; index: where it stands in the list."""

    index: int
    fields: Mapping[str, Any]

    def has(self, name: str) -> bool:
        return name in self.fields

    def optional_id(self) -> int | None:
        number = self.fields.get("id")
        if number is None or (isinstance(number, int) and not isinstance(number, bool)):
            return number
        raise self.wrong("id", "must be a whole number, or be left out for a new segment")

    def seconds(self, name: str) -> float:
        return self._number(name, MAX_SECONDS, "must be a number of seconds, 0 or more")

    def confidence(self, kept: float) -> float:
        if self.fields.get("confidence") is None:
            return kept
        return round(self._number("confidence", 1, "must be a number from 0 to 1"), 4)

    def text(self, *, unlike: str | None) -> str:
        """The new text. What is like the old one is taken however long it is."""
        text = self.fields.get("text")
        if not isinstance(text, str):
            raise self.wrong("text", "must be a string")
        text = clean(text).strip()
        if text == unlike:
            return text
        if not text:
            raise self.wrong("text", "is empty. Leave the segment out of the list to remove it")
        if len(text) > MAX_SEGMENT_CHARACTERS:
            raise self.wrong("text", f"may have {MAX_SEGMENT_CHARACTERS:,} characters at most")
        return text

    def label(self) -> str | None:
        label = self.fields["speaker_label"]
        if label is None:
            return None
        if not isinstance(label, str):
            raise self.wrong("speaker_label", "must be a string or null")
        label = " ".join(clean(label).split())
        if len(label) > MAX_LABEL_CHARACTERS:
            raise self.wrong("speaker_label", f"may have {MAX_LABEL_CHARACTERS} characters at most")
        return label or None

    def wrong(self, name: str, why: str) -> Problem:
        """400: this field has the wrong shape."""
        return Problem(f"`{self._path(name)}` {why}.", param=self._path(name))

    def impossible(self, name: str, why: str) -> Problem:
        """422: this field cannot be, in this transcript."""
        path = self._path(name)
        return Problem(f"`{path}` is not possible: {why}.", status=422, param=path)

    def _number(self, name: str, most: float, why: str) -> float:
        number = self.fields.get(name)
        # True is a number to Python, and NaN fails every comparison
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise self.wrong(name, why)
        if not 0 <= number <= most:
            raise self.wrong(name, why)
        return float(number)

    def _path(self, name: str) -> str:
        return f"segments[{self.index}].{name}"


Rows: TypeAlias = Sequence[Row]


def rows_of(segments: object) -> Rows:
    """The list's rows. Raises Problem for what is not a list of objects, or too long or empty."""
    if not isinstance(segments, list):
        raise Problem("`segments` must be a list of segments.", param="segments")
    if not segments:
        raise Problem(
            "`segments` is empty, which would erase the transcript. Send all of its segments.",
            param="segments",
        )
    if len(segments) > MAX_SEGMENTS:
        raise Problem(f"`segments` may have {MAX_SEGMENTS:,} entries at most.", param="segments")
    for index, fields in enumerate(segments):
        if not isinstance(fields, dict):
            raise Problem(f"`segments[{index}]` must be an object.", param=f"segments[{index}]")
    return [Row(index, fields) for index, fields in enumerate(segments)]
