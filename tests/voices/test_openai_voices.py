"""OpenAI's thirteen voices on the weights that are installed: thirteen people, not one."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from accounts.models import User
from audio.engines.config import EngineConfig
from audio.engines.speech.kokoro import KokoroEngine
from voices import services
from voices.catalogue import catalogue

ALIKE = 0.99
"""Cosine similarity of two voices' vectors; of the same voice it is 1."""


@pytest.mark.django_db
def test_all_thirteen_sound_different(models_dir: Path, owner: User) -> None:
    kokoro = KokoroEngine(EngineConfig(models_dir=models_dir, engine_threads=1, whisper_workers=1))
    services.seed({"kokoro": kokoro.voices()})

    spoken_by = {name: services.resolve(owner, name) for name in catalogue().openai_names}

    assert len(spoken_by) == 13
    assert {voice.engine for voice in spoken_by.values()} == {"kokoro"}
    assert {voice.language.split("-")[0] for voice in spoken_by.values()} == {"en"}
    with np.load(models_dir / "kokoro" / "voices.npz") as styles:
        vectors = [styles[voice.engine_voice].ravel() for voice in spoken_by.values()]
    for one, other in itertools.combinations(vectors, 2):
        assert one @ other / (np.linalg.norm(one) * np.linalg.norm(other)) < ALIKE
