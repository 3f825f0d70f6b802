"""What was asked, in one representation from the view to the worker."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from audio_api.engines.base import SpeechTask
from audio_api.transcripts import Granularity


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """Text to be spoken. `text` is the client's, at most 4096 characters."""

    model: str
    text: str
    voice_name: str
    engine: str
    engine_voice: str
    language: str
    response_format: str
    speed: float
    instructions: str

    def params(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, params: dict[str, Any]) -> SpeechRequest:
        return cls(**params)


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """Audio to be written down, in its language or in English (`task="translate"`).

    seconds: the decoded duration, which is what is paid for.
    """

    model: str
    task: SpeechTask
    response_format: str
    language: str | None
    prompt: str
    temperature: float | None
    granularities: tuple[Granularity, ...]
    seconds: float

    @property
    def billed_ms(self) -> int:
        """Milliseconds of input, a started one counted whole."""
        return -(-round(self.seconds * 1_000_000) // 1000)

    def params(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, params: dict[str, Any]) -> TranscriptionRequest:
        return cls(**{**params, "granularities": tuple(params["granularities"])})


def without_content(params: dict[str, Any]) -> dict[str, Any]:
    """What may be kept of a request that is over: how it was asked, not what was said."""
    return {k: v for k, v in params.items() if k not in {"text", "prompt", "instructions"}}
