"""What was asked of a speech, in one representation from the view to the worker."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, ClassVar

from audio.engines.speech.length import USUAL_PACE_MS


class SpeechStream(StrEnum):
    """`stream_format` of the speech endpoint: the bytes themselves, or server-sent events."""

    AUDIO = "audio"
    SSE = "sse"


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """Text to be spoken.

    text: the client's, at most 4096 characters; pronounced: the same as its account's dictionary
    says it, "" where that has no word of it; timestamps: of what the stream tells the times
    (`TimestampType`), "" for none; pace_ms: the voice's, from which it is told how long it will
    speak; gain_db: what brings the voice to the level of all.
    """

    SHOWN: ClassVar[tuple[str, ...]] = (
        "response_format",
        "stream_format",
        "speed",
        "language",
        "engine",
    )
    KEPT: ClassVar[tuple[str, ...]] = ("model", "voice_name", "engine_voice")

    model: str
    text: str
    voice_name: str
    engine: str
    engine_voice: str
    language: str
    response_format: str
    speed: float
    instructions: str
    stream_format: str = SpeechStream.AUDIO.value
    pronounced: str = ""
    timestamps: str = ""
    pace_ms: float = USUAL_PACE_MS
    gain_db: float = 0.0

    @property
    def to_say(self) -> str:
        """What the engine is given."""
        return self.pronounced or self.text

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, params: dict[str, Any]) -> SpeechRequest:
        return cls(**params)


class SpeechFile(StrEnum):
    """`audio_format` of a speech that is made as a file."""

    MP3 = "mp3"
    WAV = "wav"
    OGG = "ogg"
    FLAC = "flac"

    @property
    def content_type(self) -> str:
        return "audio/mpeg" if self is SpeechFile.MP3 else f"audio/{self.value}"


class TimestampType(StrEnum):
    """What a list of times has the times of."""

    WORD = "word"
    CHARACTER = "character"


@dataclass(frozen=True, slots=True)
class SpeechJobRequest:
    """Text to be spoken into a file that no client waits for, at most 20,000 characters.

    voice_id: None for a mix; language: the voice's own, BCP 47; target_language: the one that the
    client named, a hint.
    delivery_mode and text_normalization are kept for an engine that can act by them: those here
    speak one way, and always put numbers in words. pace_ms: the voice's, from which it is told how
    long it will speak; gain_db: what brings the voice to the level of all; usual_ms: about how long
    it will sound, set when the job is prepared.
    """

    text: str
    voice_id: int | None
    voice_name: str
    engine: str
    engine_voice: str
    language: str
    response_format: str
    speed: float
    target_language: str | None = None
    delivery_mode: str = ""
    timestamp_type: str = TimestampType.WORD.value
    text_normalization: bool = True
    model: str = ""
    pronounced: str = ""
    pace_ms: float = USUAL_PACE_MS
    gain_db: float = 0.0
    usual_ms: int | None = None

    @property
    def to_say(self) -> str:
        """As `SpeechRequest.to_say`."""
        return self.pronounced or self.text

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, params: dict[str, Any]) -> SpeechJobRequest:
        return cls(**params)
