"""A server with every voice whose language is spoken here, and three people."""

from __future__ import annotations

import pytest

from accounts.models import User
from audio.engines.base import EngineVoice
from voices import services
from voices.catalogue import catalogue
from voices.models import VoiceProfile

NOT_SPOKEN = {"ja", "zh"}


def shipped(engine: str) -> list[EngineVoice]:
    """The voices of an engine that the catalogue knows and whose language is spoken."""
    return [
        EngineVoice(name=entry.engine_voice, language=entry.language)
        for entry in catalogue().voices.values()
        if entry.engine == engine and entry.language not in NOT_SPOKEN
    ]


@pytest.fixture
def everything() -> dict[str, list[EngineVoice]]:
    return {"kokoro": shipped("kokoro"), "piper": shipped("piper")}


@pytest.fixture
def seeded(db, everything) -> services.SeedReport:
    return services.seed(everything)


@pytest.fixture
def owner(db) -> User:
    return User.objects.create_user("owner@example.org")


@pytest.fixture
def stranger(db) -> User:
    return User.objects.create_user("stranger@example.org")


@pytest.fixture
def own_voice(owner) -> VoiceProfile:
    return VoiceProfile.objects.create(
        name="mine",
        display_name="Mine",
        engine="kokoro",
        engine_voice="af_sky",
        language="en-US",
        owner=owner,
        is_installed=True,
    )
