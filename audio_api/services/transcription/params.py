"""What was asked of a transcript, in one representation from the view to the worker."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from audio.engines.base import SpeechDetection, SpeechTask
from audio_api.services.transcription.transcripts import Granularity


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """Audio to be written down, in its language or in English (`task="translate"`).

    seconds: the decoded duration, which is what is paid for; language: Whisper's code, or None to
    detect it, among `languages` where there are any; detection: None for the engine's own;
    stream: the answer is server-sent events; every_format: the last of them brings the transcript
    in all of its formats, for the playground, which is to have them of one paid run.
    """

    SHOWN: ClassVar[tuple[str, ...]] = (
        "response_format",
        "stream",
        "language",
        "languages",
        "temperature",
        "granularities",
        "logprobs",
        "seconds",
    )
    KEPT: ClassVar[tuple[str, ...]] = ("model", "task", "detection", "every_format")

    model: str
    task: SpeechTask
    response_format: str
    language: str | None
    prompt: str
    temperature: float | None
    granularities: tuple[Granularity, ...]
    seconds: float
    languages: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    detection: SpeechDetection | None = None
    logprobs: bool = False
    stream: bool = False
    every_format: bool = False

    @property
    def billed_ms(self) -> int:
        """Milliseconds of input, a started one counted whole."""
        return -(-round(self.seconds * 1_000_000) // 1000)

    @property
    def needs_words(self) -> bool:
        """Whether the engine has to tell words apart, which takes it longer."""
        return self.logprobs or "word" in self.granularities

    @property
    def names_languages(self) -> bool:
        """Whether the answer lists the languages heard, as OpenAI's model of that name does."""
        return bool(self.languages) or self.model.startswith("gpt-transcribe")

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, params: dict[str, Any]) -> TranscriptionRequest:
        lists = {name: tuple(params.get(name, ())) for name in _LISTS}
        detection = params.get("detection")
        heard = SpeechDetection(**detection) if detection else None
        return cls(**{**params, **lists, "detection": heard})


_LISTS = ("granularities", "languages", "keywords")
"""Fields that JSON makes lists of."""
