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
