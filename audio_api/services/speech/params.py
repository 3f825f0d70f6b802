"""What was asked of a speech, in one representation from the view to the worker."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, ClassVar


class SpeechStream(StrEnum):
    """`stream_format` of the speech endpoint: the bytes themselves, or server-sent events."""

    AUDIO = "audio"
    SSE = "sse"


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """Text to be spoken. `text` is the client's, at most 4096 characters."""

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

    @property
    def content_type(self) -> str:
        return {"mp3": "audio/mpeg", "wav": "audio/wav", "ogg": "audio/ogg"}[self.value]


class TimestampType(StrEnum):
    """What a speech's `timestamps.json` has the times of."""

    WORD = "word"
    CHARACTER = "character"


@dataclass(frozen=True, slots=True)
class SpeechJobRequest:
    """Text to be spoken into a file that no client waits for, at most 20,000 characters.

    language: the voice's own, BCP 47; target_language: the one that the client named, a hint.
    delivery_mode and text_normalization are kept for an engine that can act by them: those here
    speak one way, and always put numbers in words.
    """

    text: str
    voice_id: int
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

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, params: dict[str, Any]) -> SpeechJobRequest:
        return cls(**params)
