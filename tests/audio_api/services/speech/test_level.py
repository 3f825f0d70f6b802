"""A speech is brought to the level of all voices by the one gain of its voice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from audio.engines import registry
from audio.engines.base import AudioChunk, Said
from audio_api.services.speech.params import SpeechRequest
from audio_api.services.speech.work import spoken

LEVELS = (0.5, 0.05)


class TwoSentences:
    """One loud, one whispered."""

    def speak(self, text: str, *, voice: str, language: str, speed: float) -> Iterator[AudioChunk]:
        for level in LEVELS:
            yield AudioChunk(np.full(100, level, np.float32), 24_000, (Said(text, at=0.0),))


@pytest.mark.parametrize("gain_db", [-12.0, 0.0, 3.0])
def test_each_sentence_gets_the_same_gain(gain_db: float, monkeypatch: Any) -> None:
    monkeypatch.setattr(registry, "get", lambda kind, name: TwoSentences())
    request = SpeechRequest(
        model="tts-1", text="Hello.", voice_name="v", engine="e", engine_voice="v",
        language="en", response_format="pcm", speed=1.0, instructions="", gain_db=gain_db,
    )  # fmt: skip

    chunks = list(spoken(request))

    expected = [level * 10 ** (gain_db / 20) for level in LEVELS]
    assert [float(chunk.samples[0]) for chunk in chunks] == pytest.approx(expected)
    assert {chunk.samples.dtype for chunk in chunks} == {np.dtype(np.float32)}
    assert chunks[0].said == (Said("Hello.", at=0.0),)
