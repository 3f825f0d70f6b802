"""How much a cue may hold, in the words of Whisper's own tools."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

CueKind = Literal["lines", "segment", "word"]

DEFAULT_LINE_WIDTH = 42
DEFAULT_WIDE_LINE_WIDTH = 32
"""Columns. Of letters that take two, as in Chinese, 16 fit in: what broadcasters allow."""
DEFAULT_LINE_COUNT = 2
MAX_CUE_SECONDS = 7.0
MIN_CUE_SECONDS = 1.0
LIMITS = {
    "max_line_width": (10, 200),
    "max_line_count": (1, 10),
    "max_words_per_line": (1, 100),
}
"""The least and the most that may be asked for."""
_WIDE_LANGUAGES = frozenset({"zh", "yue", "ja", "ko"})


@dataclass(frozen=True, slots=True)
class Layout:
    """How a transcript is cut into cues.

    kind: "lines" for cues that are read with ease; else one for each "segment", or "word", and
    the limits do not count. max_line_width: in columns; None: what is usual for the language.
    max_line_count: None for two lines, or one where the words of a line are limited.
    """

    kind: CueKind = "lines"
    max_line_width: int | None = None
    max_line_count: int | None = None
    max_words_per_line: int | None = None

    @classmethod
    def of(cls, fields: Mapping[str, Any], granularities: Collection[str]) -> Self:
        """As a request says by the names of the API."""
        kind: CueKind = "lines"
        if granularities:
            kind = "word" if "word" in granularities else "segment"
        return cls(kind, *(fields[name] for name in LIMITS))

    def line_width(self, language: str) -> int:
        usual = DEFAULT_WIDE_LINE_WIDTH if language in _WIDE_LANGUAGES else DEFAULT_LINE_WIDTH
        return self.max_line_width or usual

    @property
    def line_count(self) -> int:
        # as in Whisper's own tools, words that are counted stand on one line
        return self.max_line_count or (1 if self.max_words_per_line else DEFAULT_LINE_COUNT)
