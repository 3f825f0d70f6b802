"""What a finished transcription job keeps: one JSON file a version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from audio_api.services.transcription.documents.versions import Version


@dataclass(frozen=True, slots=True)
class StoredWord:
    """A spoken word. Seconds from the start of the first source; probability: 0..1."""

    word: str
    start: float
    end: float
    probability: float

    def to_json(self) -> dict[str, Any]:
        return {
            "word": self.word,
            "start": self.start,
            "end": self.end,
            "probability": self.probability,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["word"], data["start"], data["end"], data["probability"])


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """A stretch of transcript.

    id: from 1, unlike any other's; start, end: seconds from the start of the first source; text:
    with the space or line end that divides it from the segment before; confidence: 0..1;
    language: a code of Whisper's. The speaker is None where nobody told speakers apart.
    """

    id: int
    start: float
    end: float
    text: str
    confidence: float
    language: str
    speaker_id: int | None = None
    speaker_label: str | None = None
    speaker: str | None = None
    words: tuple[StoredWord, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "confidence": self.confidence,
            "language": self.language,
            "speaker_id": self.speaker_id,
            "speaker_label": self.speaker_label,
            "speaker": self.speaker,
            "words": [word.to_json() for word in self.words],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        words = tuple(StoredWord.from_json(word) for word in data["words"])
        plain = {name: data[name] for name in cls.__slots__ if name != "words"}
        return cls(**plain, words=words)


@dataclass(frozen=True, slots=True)
class Source:
    """One file or link of the job. Seconds; offset: where it begins in the whole."""

    name: str
    offset: float
    duration: float

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "offset": self.offset, "duration": self.duration}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["name"], data["offset"], data["duration"])


@dataclass(frozen=True, slots=True)
class StoredTranscript:
    """A transcript with its history.

    language: the one spoken for longest; duration: seconds of all sources; versions: the history
    up to this state, oldest first, so that the newest file has all of it.
    """

    language: str
    duration: float
    segments: tuple[StoredSegment, ...]
    sources: tuple[Source, ...]
    versions: tuple[Version, ...] = ()

    @property
    def text(self) -> str:
        """All that was said, without the spaces at its ends; each source begins a line."""
        return "".join(segment.text for segment in self.segments).strip()

    @property
    def version(self) -> int:
        """The number of this state."""
        return self.versions[-1].version if self.versions else 1

    def as_next_version(self, *, edit_notes: str, at: datetime, changes_count: int) -> Self:
        """This transcript, with an edit more in its history."""
        made = Version(self.version + 1, edit_notes, at, changes_count)
        return replace(self, versions=(*self.versions, made))

    def to_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "language": self.language,
            "duration": self.duration,
            "segments": [segment.to_json() for segment in self.segments],
            "sources": [source.to_json() for source in self.sources],
            "versions": [version.to_json() for version in self.versions],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises KeyError or TypeError for what is not a stored transcript."""
        return cls(
            language=data["language"],
            duration=data["duration"],
            segments=tuple(StoredSegment.from_json(segment) for segment in data["segments"]),
            sources=tuple(Source.from_json(source) for source in data["sources"]),
            versions=tuple(Version.from_json(version) for version in data["versions"]),
        )

    def to_bytes(self) -> bytes:
        """The file."""
        return json.dumps(self.to_json(), ensure_ascii=False, allow_nan=False).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        return cls.from_json(json.loads(content))
