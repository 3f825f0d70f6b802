"""What was asked of a transcript, in one representation from the view to the worker."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from audio.codecs.verdict import PCM_RATE, PLAIN, Sound, Wanted
from audio.engines.base import SpeechDetection, SpeechTask
from audio_api.services.transcription.subtitles import Layout
from audio_api.services.transcription.transcripts import Granularity
from audiopod.common.money import billed_ms

MIXED, SPLIT = "mix", "split"


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """Audio to be written down, in its language or in English (`task="translate"`).

    seconds: the length of the recording by its own clock; language: Whisper's code, or None to
    detect it, among `languages` where there are any; detection: None for the engine's own;
    granularities: what is given times, and what a cue of subtitles holds: () for cues as they are
    published, whose lines have at most so many columns and words; stream: the answer is
    server-sent events; every_format: the last of them brings the transcript in all of its formats,
    for the playground, which is to have them of one paid run; track: the audio track that was asked
    for; channels: `MIXED` or `SPLIT`, each by itself; sound: what the decoded samples are.
    """

    SHOWN: ClassVar[tuple[str, ...]] = (
        "response_format",
        "stream",
        "language",
        "languages",
        "temperature",
        "granularities",
        "max_line_width",
        "max_line_count",
        "max_words_per_line",
        "logprobs",
        "track",
        "channels",
        "seconds",
    )
    KEPT: ClassVar[tuple[str, ...]] = ("model", "task", "detection", "every_format", "sound")

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
    max_line_width: int | None = None
    max_line_count: int | None = None
    max_words_per_line: int | None = None
    stream: bool = False
    every_format: bool = False
    track: int | None = None
    channels: str = MIXED
    sound: Sound = PLAIN

    @property
    def paid_seconds(self) -> float:
        """What was decoded, of each channel that is heard."""
        return self.sound.paid_seconds(round(self.seconds * PCM_RATE))

    @property
    def billed_ms(self) -> int:
        return billed_ms(self.paid_seconds)

    def billed_until(self, ends: Iterable[float]) -> int:
        """The part of it up to there. ends: of what was heard last in each of the channels, by the
        clock of the recording."""
        paid = sum(self.sound.paid_until(round(end * PCM_RATE)) for end in ends)
        return min(billed_ms(paid / len(self.sound.heard)), self.billed_ms)

    @property
    def is_split(self) -> bool:
        """Whether each channel is written down by itself."""
        return self.channels == SPLIT

    @property
    def needs_words(self) -> bool:
        """Whether the engine has to tell words apart: those alone say when speech begins and ends,
        by which channels are put in order, and it takes a moment longer."""
        shows_times = self.stream or self.is_split or self.response_format in _WITH_TIMES
        return self.logprobs or shows_times

    @property
    def layout(self) -> Layout:
        """How its subtitles are cut into cues."""
        return Layout.of(asdict(self), self.granularities)

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
        sound = Sound.of(params["sound"]) if "sound" in params else PLAIN
        return cls(**{**params, **lists, "detection": heard, "sound": sound})


@dataclass(frozen=True, slots=True)
class TranscriptionJobRequest:
    """Recordings to be written down as one transcript that no client waits for.

    sources: one for each recording, in their order: the link that a worker fetches it from, or ""
    for one that the job has as a file; seconds: of all files that it has; most_seconds: what all
    recordings together may have to be paid for, since no more was held for; language: Whisper's
    code, or None to detect it; sounds: what the decoded samples are, one for each source, None for
    a link. model_type and speakers are what the client named; track and channels as above.
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
    track: int | None = None
    channels: str = MIXED
    sounds: tuple[Sound | None, ...] = ()

    @property
    def source_urls(self) -> list[str]:
        return [source for source in self.sources if source]

    @property
    def is_split(self) -> bool:
        """Whether each channel is written down by itself."""
        return self.channels == SPLIT

    @property
    def wanted(self) -> Wanted:
        """What of each recording is to be decoded."""
        return wanted_of(self.track, self.channels)

    def sound_of(self, position: int) -> Sound:
        """What the decoded samples of a file are."""
        return (self.sounds[position] if self.sounds else None) or PLAIN

    def stored(self) -> dict[str, Any]:
        # `source_url` is where the object of any job has its link
        return asdict(self) | {"source_url": next(iter(self.source_urls), "")}

    @classmethod
    def of(cls, params: dict[str, Any]) -> TranscriptionJobRequest:
        known = {name: params[name] for name in cls.__slots__ if name in params}
        sounds = tuple(told and Sound.of(told) for told in params.get("sounds", ()))
        return cls(**{**known, "sources": tuple(params["sources"]), "sounds": sounds})


def wanted_of(track: int | None, channels: str) -> Wanted:
    """What the decoder is to make of a recording."""
    return Wanted(track, channels == SPLIT)


_WITH_TIMES = frozenset({"verbose_json", "srt", "vtt"})
_LISTS = ("granularities", "languages", "keywords")
"""Fields that JSON makes lists of."""
