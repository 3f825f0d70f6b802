"""What an engine is: three small protocols and the values that cross them.

Nothing in this package imports Django or an app: an engine can be run, measured and tested
from a bare Python prompt. How an engine is chosen and configured is in `registry.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

WHISPER_SAMPLE_RATE = 16_000
"""Hz. What every `TranscriptionEngine` is given: mono samples at this rate."""

Recording: TypeAlias = NDArray[np.float32] | NDArray[np.int16]
"""Samples, shape (n,). As int16 they may lie in a file (numpy.memmap): 115 MB for an hour."""

Samples: TypeAlias = NDArray[np.float32]
"""Shape (n, channels), nominally in -1..1."""

SpeechTask = Literal["transcribe", "translate"]


class Cleaning(StrEnum):
    """How much noise is taken away."""

    BALANCED = "balanced"
    """Some of it stays, so that no pause sounds dead and no word is lost."""
    STUDIO = "studio"
    """All that can be."""
    ULTRA = "ultra"
    """The same, and what is left of it between and behind words is pressed down further."""


class EngineError(Exception):
    """An engine could not do its work. The message is for the operator, not for the client."""


class UnspeakableText(EngineError):
    """The text has nothing in it that could be spoken."""


class AssetMissing(EngineError):
    """The weights of an engine are not installed. The message says which command installs them."""


@dataclass(frozen=True, slots=True)
class Said:
    """Where a piece of text begins to sound.

    text: the words as they are spoken; at: seconds from the beginning of the chunk;
    pause: seconds of silence right before it.
    """

    text: str
    at: float
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A piece of generated speech.

    samples: float32, shape (n,), mono, nominally in -1..1 (the encoder clips).
    sample_rate: Hz, the engine's own; the encoder resamples.
    said: the pieces of text that begin in it, in their order; () where the engine does not know.
    """

    samples: NDArray[np.float32]
    sample_rate: int
    said: tuple[Said, ...] = ()

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True, slots=True)
class EngineVoice:
    """A voice that an engine can speak now, because its weights are on this machine."""

    name: str
    """The engine's own name: `af_nova`, `en_US-joe-medium`."""
    language: str
    """BCP 47: `en-US`, `es`, `pt-BR`."""


@dataclass(frozen=True, slots=True)
class Word:
    """A spoken word; `text` has no leading space. Seconds from the start of the audio."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of transcript with Whisper's own figures; `text` keeps its leading space.

    channel: the one in which it was heard, from 1; None where channels were not told apart;
    language: Whisper's code of the language spoken, "" where the engine does not tell it of each;
    language_probability: how sure that is, 0..1; None where it was not asked.
    """

    id: int
    seek: int
    start: float
    end: float
    text: str
    tokens: Sequence[int]
    temperature: float
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float
    words: Sequence[Word] = field(default=())
    channel: int | None = None
    language: str = ""
    language_probability: float | None = None


@dataclass(frozen=True, slots=True)
class SpeechDetection:
    """How speech is told from silence. What is silent is never transcribed.

    threshold: 0..1, how sure the detector has to be; padding_ms: milliseconds that are kept on
    both sides of speech; silence_ms: milliseconds of silence that end a stretch of speech.
    """

    threshold: float
    padding_ms: int
    silence_ms: int


@dataclass(frozen=True, slots=True)
class Transcription:
    """What a transcription engine answers at once; the segments come as they are decoded.

    language: Whisper's code of the language spoken first: `en`, `fr`, `yue`; prompt_tokens: how
    many tokens of prompt and keywords the decoder is given.
    """

    language: str
    segments: Iterator[Segment]
    prompt_tokens: int = 0


@runtime_checkable
class SpeechEngine(Protocol):
    """Text to speech. One instance per process, shared by its threads."""

    name: str

    def load(self) -> None:
        """Load the weights, if that has not been done. Raises AssetMissing."""

    def voices(self) -> Sequence[EngineVoice]:
        """The voices that can be spoken now. Reads the disk, loads no weights; [] when none."""

    def speak(self, text: str, *, voice: str, language: str, speed: float) -> Iterator[AudioChunk]:
        """Speak `text` piece by piece, each as soon as it is made.

        voice: an `EngineVoice.name`; language: its BCP 47 tag; speed: 0.25 to 4.0.
        Raises UnspeakableText, AssetMissing, EngineError (an unknown voice).
        """


@runtime_checkable
class Unloading(Protocol):
    """An engine of any kind that can do without its weights until it is asked again."""

    def unload_idle(self, seconds: float) -> bool:
        """Forget the weights if no call has used them for so long; whether that was so.

        It waits for nothing, and disturbs no call: the next one loads them again.
        """


@runtime_checkable
class TranscriptionEngine(Protocol):
    """Speech to text. One instance per process, shared by its threads."""

    name: str

    def load(self) -> None:
        """Load the weights, if that has not been done. Raises AssetMissing."""

    def available(self) -> bool:
        """Whether the weights are on this machine. Loads nothing."""

    def transcribe(
        self,
        samples: Recording,
        *,
        task: SpeechTask,
        language: str | None,
        prompt: str | None,
        temperature: float | None,
        word_timestamps: bool,
        languages: Sequence[str] = (),
        keywords: Sequence[str] = (),
        detection: SpeechDetection | None = None,
    ) -> Transcription:
        """Transcribe, or translate into English.

        samples: mono at `WHISPER_SAMPLE_RATE`; language: Whisper's code, or None to
        detect it, among `languages` where some are given; prompt: text that guides the decoder,
        as keywords do; temperature: None lets the engine fall back through its own ladder, 0..1
        fixes the first rung; detection: None for the engine's own. Audio without speech gives no
        segments. Raises AssetMissing, EngineError (an unknown language).
        """


@runtime_checkable
class NoiseReductionEngine(Protocol):
    """Recordings without their noise. One instance per process, shared by its threads."""

    name: str
    sample_rate: int
    """Hz, of what it is given and of what it gives back."""

    def load(self) -> None:
        """Load the weights, if that has not been done. Raises AssetMissing."""

    def available(self) -> bool:
        """Whether the weights are on this machine. Loads nothing."""

    def clean(self, blocks: Iterable[Samples], *, mode: Cleaning) -> Iterator[Samples]:
        """Take the noise out of a recording that comes in blocks of any lengths.

        blocks: each of the same number of channels. What comes out are blocks of the same lengths,
        whose sounds are where they were, each as soon as it is made: none waits for the end. What
        is not a number counts as silence. Raises AssetMissing, EngineError.
        """
