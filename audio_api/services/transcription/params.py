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
        return billed_ms(self.seconds)

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


@dataclass(frozen=True, slots=True)
class TranscriptionJobRequest:
    """Recordings to be written down as one transcript that no client waits for.

    sources: one for each recording, in their order: the link that a worker fetches it from, or ""
    for one that the job has as a file; seconds: of all files that it has; most_seconds: what all
    recordings together may have, since no more was held for; language: Whisper's code, or None to
    detect it. model_type and speakers are what the client named.
    """

    sources: tuple[str, ...]
    seconds: float
    most_seconds: float
    language: str | None = None
    word_timestamps: bool = True
    model_type: str = ""
    min_speakers: int | None = None
    max_speakers: int | None = None
    task: SpeechTask = "transcribe"
    model: str = ""

    @property
    def source_urls(self) -> list[str]:
        return [source for source in self.sources if source]

    def stored(self) -> dict[str, Any]:
        # `source_url` is where the object of any job has its link
        return asdict(self) | {"source_url": next(iter(self.source_urls), "")}

    @classmethod
    def of(cls, params: dict[str, Any]) -> TranscriptionJobRequest:
        known = {name: params[name] for name in cls.__slots__ if name in params}
        return cls(**{**known, "sources": tuple(params["sources"])})


def billed_ms(seconds: float) -> int:
    """Milliseconds of input, a started one counted whole."""
    return -(-round(seconds * 1_000_000) // 1000)


_LISTS = ("granularities", "languages", "keywords")
"""Fields that JSON makes lists of."""
