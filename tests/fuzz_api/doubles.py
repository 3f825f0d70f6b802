"""Engines that cost nothing: hundreds of requests must not cost hundreds of seconds.

Load them into a server with the setting `EXTRA_ENGINES` of `ENGINES`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from audio.engines.base import AudioChunk, EngineVoice, Segment, Transcription, Word
from audio.engines.config import EngineConfig
from audio.engines.selftest import SENTENCE
from tests.doubles import TONE_SECONDS_PER_CHARACTER, sine
from voices.catalogue import catalogue

ENGINES = "tests.fuzz_api.doubles:QuickVoices,tests.fuzz_api.doubles:QuickEar"


class QuickVoices:
    """Kokoro's voices. They speak sine tones, at the pace of speech and for two seconds at most."""

    name = "kokoro"

    def __init__(self, config: EngineConfig) -> None:
        """Nothing to configure."""

    def load(self) -> None:
        """Nothing to load."""

    def voices(self) -> Sequence[EngineVoice]:
        known = catalogue().voices.values()
        own = [EngineVoice(v.engine_voice, v.language) for v in known if v.engine == self.name]
        # those of Japanese and Mandarin have a self-test of their own, in sentences of their own
        return [voice for voice in own if voice.language not in {"ja", "zh"}]

    def speak(self, text: str, *, voice: str, language: str, speed: float) -> Iterator[AudioChunk]:
        yield sine(min(2.0, max(0.2, len(text) * TONE_SECONDS_PER_CHARACTER)))


class QuickEar:
    """Hears the sentence of the worker's self-test, whatever is said."""

    name = "quick"

    def __init__(self, config: EngineConfig) -> None:
        """Nothing to configure."""

    def load(self) -> None:
        """Nothing to load."""

    def available(self) -> bool:
        return True

    def transcribe(self, samples: NDArray[np.float32], **options: object) -> Transcription:
        words = [Word(text, i / 10, (i + 1) / 10, 0.9) for i, text in enumerate(SENTENCE.split())]
        heard = Segment(0, 0, 0.0, 1.0, f" {SENTENCE}", [50364, 440], 0.0, -0.2, 1.1, 0.01, words)
        return Transcription("en", iter([heard]))
