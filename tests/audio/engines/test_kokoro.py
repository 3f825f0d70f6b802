"""Kokoro at every speed: the model near its own pace, and what is missing stretched."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jiwer
import numpy as np
import pytest

from audio.engines.base import EngineVoice, SpeechEngine
from audio.engines.config import EngineConfig
from audio.engines.speech.kokoro import SAMPLE_RATE, KokoroEngine
from tests.audio.engines.conftest import for_whisper, text_of
from tests.audio.engines.test_contract import Hear, Say, normalised

SENTENCE_SECONDS = 2.0


class Model:
    """In the place of the model: two seconds of sound at pace 1, whatever it is to say."""

    voices = {"af_nova": np.zeros((510, 1, 256), np.float32)}
    tokenizer = SimpleNamespace(vocab=dict.fromkeys("helo wɜld", 1))

    def __init__(self) -> None:
        self.paces: list[float] = []

    def create(self, sounds: str, style: Any, *, speed: float, is_phonemes: bool) -> Any:
        self.paces.append(speed)
        time = np.arange(round(SENTENCE_SECONDS * SAMPLE_RATE / speed)) / SAMPLE_RATE
        return 0.1 * np.sin(2 * np.pi * 220 * time).astype(np.float32), SAMPLE_RATE


PACES = [
    (0.25, 0.8),
    (0.79, 0.8),
    (0.8, 0.8),
    (1.0, 1.0),
    (1.25, 1.25),
    (1.26, 1.25),
    (2.0, 1.25),
    (4.0, 1.25),
]


@pytest.mark.parametrize(("speed", "pace"), PACES)
def test_the_model_keeps_near_its_own_pace(
    speed: float, pace: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Model()
    monkeypatch.setattr(KokoroEngine, "_open", lambda self: model)
    monkeypatch.setattr(KokoroEngine, "voices", lambda self: [EngineVoice("af_nova", "en-US")])
    engine = KokoroEngine(EngineConfig(Path("nowhere")))

    chunks = list(engine.speak("Hello world", voice="af_nova", language="en-US", speed=speed))

    assert model.paces == [pace]
    seconds = sum(chunk.seconds for chunk in chunks)
    assert seconds == pytest.approx(SENTENCE_SECONDS / speed, rel=0.05)


@pytest.mark.thorough
@pytest.mark.parametrize("speed", [0.5, 2.0])
@pytest.mark.parametrize(
    ("voice", "text"),
    [
        ("af_nova", "He opened the door and looked outside."),
        ("am_onyx", "I asked her about the old house."),
    ],
)
def test_the_first_word_is_heard_at_every_speed(
    kokoro: SpeechEngine, say: Say, hear: Hear, voice: str, text: str, speed: float
) -> None:
    """At 0.5 it was "Hey, he opened", at 2.0 "Asked her"."""
    heard = text_of(hear(for_whisper(say(kokoro, voice, text, speed))))

    assert jiwer.wer(normalised(text), normalised(heard)) == 0
