"""Samples to segments: those of the mix, or of each channel, in the order of time."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from audio.codecs.verdict import Sound
from audio.engines import registry, status
from audio.engines.base import (
    EngineError,
    Recording,
    Segment,
    SpeechDetection,
    SpeechTask,
    Transcription,
    TranscriptionEngine,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What `TranscriptionEngine.transcribe` is asked of any samples."""

    task: SpeechTask
    language: str | None
    word_timestamps: bool
    prompt: str | None = None
    temperature: float | None = None
    languages: Sequence[str] = ()
    keywords: Sequence[str] = ()
    detection: SpeechDetection | None = None


@dataclass(slots=True)
class Listened:
    """What is heard in one recording. Its segments come as they are decoded, once.

    first_language: what is spoken where nobody speaks; spoken: seconds of speech in each language
    so far.
    """

    segments: Iterator[Segment]
    prompt_tokens: int
    first_language: str
    spoken: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def language(self) -> str:
        """The one of most of the speech so far."""
        return max(self.spoken, key=self.spoken.__getitem__, default=self.first_language)


def in_channels(samples: Recording, sound: Sound) -> Recording:
    """Samples as they lie in a file, shape (n,), or (n, channels) where there are several."""
    return samples if sound.channels == 1 else samples.reshape(-1, sound.channels)


def listen(samples: Recording, sound: Sound, ask: Ask, *, split: bool) -> Listened:
    """Ask the engine. samples: shape (n,), or (n, channels), of which those that are heard are
    listened to one by one; split: each segment says in which channel it was heard.

    The channels are decoded in step, so that each segment is there as soon as it can be.
    """
    engine = registry.get(TranscriptionEngine)
    if reason := status.why_broken(engine.name):
        raise EngineError(reason)
    rows = samples.reshape(len(samples), -1)
    numbers = [number + 1 for number in sound.heard] if split else [None]
    answers = [_asked(engine, rows[:, (number or 1) - 1], ask) for number in numbers]
    listened = Listened(iter(()), answers[0].prompt_tokens, answers[0].language)
    numbered = zip(answers, numbers, strict=True)
    channels = [_counted(answer, number, listened.spoken) for answer, number in numbered]
    in_order = heapq.merge(*channels, key=attrgetter("start"))
    listened.segments = (replace(each, id=number) for number, each in enumerate(in_order))
    return listened


def _asked(engine: TranscriptionEngine, samples: Recording, ask: Ask) -> Transcription:
    return engine.transcribe(
        samples,
        task=ask.task,
        language=ask.language,
        languages=ask.languages,
        prompt=ask.prompt,
        keywords=ask.keywords,
        temperature=ask.temperature,
        word_timestamps=ask.word_timestamps,
        detection=ask.detection,
    )


def _counted(
    answer: Transcription, channel: int | None, spoken: defaultdict[str, float]
) -> Iterator[Segment]:
    for segment in answer.segments:
        language = segment.language or answer.language
        spoken[language] += segment.end - segment.start
        yield replace(segment, channel=channel, language=language)
