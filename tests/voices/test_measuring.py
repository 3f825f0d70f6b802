"""Voices that nobody has measured are, once, by a worker; what is learned is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from django.core.cache import cache

from audio.engines import registry
from audio.engines.base import AudioChunk, EngineError
from audio.engines.speech.length import USUAL_PACE_MS, length
from audio.engines.speech.loudness import TARGET_LUFS
from voices import measuring, previews, services, tasks
from voices.catalogue import catalogue
from voices.models import VoiceProfile

pytestmark = pytest.mark.django_db

RATE = 24_000


class Tone:
    """Speaks each text in two seconds, with a tone that is 23 dB below full scale."""

    name = "tone"
    level = 10 ** (-20 / 20)

    def speak(self, text: str, *, voice: str, language: str, speed: float) -> Iterator[AudioChunk]:
        tone = np.sin(2 * np.pi * 997 * np.arange(2 * RATE) / RATE)
        yield AudioChunk((self.level * tone).astype(np.float32), RATE)


@pytest.fixture
def voice(monkeypatch: Any) -> VoiceProfile:
    monkeypatch.setattr(registry, "get", lambda kind, name: Tone())
    return VoiceProfile.objects.create(
        name="eva",
        display_name="Eva",
        engine="tone",
        engine_voice="eva",
        language="de-DE",
        is_installed=True,
    )


@pytest.fixture
def asked(monkeypatch: Any) -> Iterator[list[int]]:
    sent: list[int] = []
    monkeypatch.setattr(tasks.measure, "send", sent.append)
    cache.clear()
    yield sent
    cache.clear()


def test_a_voice_says_lines_in_its_language_and_is_known(voice: VoiceProfile) -> None:
    tasks.measure(voice.pk)

    lines = measuring.lines(voice)
    assert any("Fähre" in line for line in lines)
    beats = sum(length(line, "de-DE").beats for line in lines)
    found = services.resolve(None, "eva")
    assert found.pace_ms == pytest.approx(2000 * len(lines) / beats, abs=0.01)
    assert found.gain_db == pytest.approx(TARGET_LUFS + 23.0, abs=0.1)


def test_until_then_it_has_what_is_usual(voice: VoiceProfile) -> None:
    found = services.resolve(None, "eva")
    assert (found.pace_ms, found.gain_db) == (USUAL_PACE_MS, 0.0)


def test_a_voice_without_a_sound_stays_unknown(voice: VoiceProfile, monkeypatch: Any) -> None:
    monkeypatch.setattr(Tone, "level", 0.0)
    with pytest.raises(EngineError, match="silence"):
        tasks.measure(voice.pk)
    voice.refresh_from_db()
    assert (voice.pace_ms, voice.gain_db) == (None, None)


def test_what_nobody_has_measured_is_asked_for_once(voice: VoiceProfile, asked: list[int]) -> None:
    VoiceProfile.objects.create(name="gone", engine="e", engine_voice="g", language="es")
    VoiceProfile.objects.create(
        name="known", engine="e", engine_voice="k", language="es", is_installed=True,
        pace_ms=60.0, gain_db=1.0,
    )  # fmt: skip

    assert tasks.ask_to_measure() == 1
    assert tasks.ask_to_measure() == 0
    assert asked == [voice.pk]


def test_a_voice_that_has_killed_a_worker_is_not_tried_on_another(
    voice: VoiceProfile, monkeypatch: Any
) -> None:
    class Killed(BaseException):
        """The process ends, and its message comes back."""

    def killed(voice_id: int) -> None:
        raise Killed

    cache.clear()
    with monkeypatch.context() as patched:
        patched.setattr(measuring, "measure", killed)
        patched.setattr(tasks.cache, "delete", lambda key: None)  # nothing is done after it
        with pytest.raises(Killed):
            tasks.measure(voice.pk)
        tasks.measure(voice.pk)
    cache.clear()
    tasks.measure(voice.pk)
    voice.refresh_from_db()
    assert voice.pace_ms


def test_voices_that_fail_do_not_keep_others_from_their_turn(asked: list[int]) -> None:
    many = 2 * tasks.ASKED_AT_ONCE
    for number in range(many):
        VoiceProfile.objects.create(
            name=f"v{number}", engine="e", engine_voice=f"v{number}", language="es",
            is_installed=True,
        )  # fmt: skip

    assert [tasks.ask_to_measure() for _ in range(3)] == [many // 2, many // 2, 0]
    assert len(set(asked)) == many


def test_the_shipped_voices_are_measured_already(seeded: services.SeedReport) -> None:
    unknown = VoiceProfile.objects.filter(pace_ms=None)
    assert seeded.total > 40
    assert not unknown.exists()
    assert all(40 < entry.pace_ms < 120 for entry in catalogue().voices.values() if entry.pace_ms)


def test_every_preview_language_has_a_line_of_its_own() -> None:
    assert set(measuring.SENTENCES) == set(previews.SENTENCES)
