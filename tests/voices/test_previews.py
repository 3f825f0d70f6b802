"""A voice's preview: rendered once, trimmed and level, heard at its address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from accounts.models import User
from audio.engines import registry
from audio.engines.base import AudioChunk, EngineError
from voices import previews, tasks
from voices.models import VoiceProfile

pytestmark = pytest.mark.django_db(transaction=True)


def pcm(*parts: tuple[float, float]) -> bytes:
    """(seconds, amplitude) after one another, s16le at 24 kHz."""
    waves = [a * np.sin(np.arange(int(s * 24_000)) / 10) for s, a in parts]
    return (np.concatenate(waves) * 32767).astype("<i2").tobytes()


def seconds_of(raw: bytes) -> float:
    return len(raw) / 2 / 24_000


class Speaker:
    def __init__(self) -> None:
        self.said: list[str] = []

    def speak(self, text: str, **how: Any) -> Iterator[AudioChunk]:
        self.said.append(text)
        yield AudioChunk(np.sin(np.arange(24_000) / 10).astype(np.float32) * 0.1, 24_000)


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def speaker(monkeypatch: pytest.MonkeyPatch) -> Speaker:
    speaker = Speaker()
    monkeypatch.setattr(registry, "get", lambda kind, name: speaker)
    return speaker


@pytest.fixture
def voice() -> VoiceProfile:
    return VoiceProfile.objects.create(
        name="dora", display_name="Dora (Spanish)", engine="kokoro", engine_voice="ef_dora",
        language="es", is_installed=True,
    )  # fmt: skip


def test_silence_around_is_trimmed_and_inside_is_kept() -> None:
    clip = pcm((0.8, 0), (0.5, 0.3), (0.4, 0), (0.5, 0.3), (1.0, 0))
    assert seconds_of(previews.polished(clip)) == pytest.approx(1.4 + 0.16, abs=0.05)


def test_a_quiet_voice_is_brought_to_an_even_level() -> None:
    loud, quiet = (
        np.abs(np.frombuffer(previews.polished(pcm((1, level))), "<i2")).max()
        for level in (0.9, 0.09)
    )
    assert quiet == pytest.approx(loud, rel=0.05)
    assert 20_000 < loud < 32_767


def test_pure_silence_does_not_fail() -> None:
    assert isinstance(previews.polished(pcm((1, 0))), bytes)


def test_it_speaks_its_own_language_and_says_its_own_name(voice: VoiceProfile) -> None:
    assert previews.sentence(voice).startswith("Hola, me llamo Dora.")
    voice.language = "cy"
    assert "my name is Dora" in previews.sentence(voice)


def test_it_is_rendered_once(voice: VoiceProfile, speaker: Speaker) -> None:
    previews.render(voice.pk)
    previews.render(voice.pk)
    voice.refresh_from_db()
    assert len(speaker.said) == 1
    assert voice.preview.read()[:1] == b"\xff", "an mp3 frame"


def test_it_is_made_anew_on_demand_and_the_old_one_goes(
    voice: VoiceProfile, speaker: Speaker, tmp_path: Path
) -> None:
    previews.render(voice.pk)
    voice.refresh_from_db()
    before = voice.preview_url
    previews.regenerate(voice.pk)
    voice.refresh_from_db()
    assert len(speaker.said) == 2
    assert voice.preview_url != before, "browsers keep the old one under its address"
    assert [path.name for path in (tmp_path / "previews").iterdir()] == [
        Path(str(voice.preview.name)).name
    ]


def test_the_old_one_stays_where_a_new_one_cannot_be_made(
    voice: VoiceProfile, speaker: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    previews.render(voice.pk)
    monkeypatch.setattr(speaker, "speak", lambda text, **how: iter(()))
    with pytest.raises(EngineError, match="no audio"):
        previews.regenerate(voice.pk)
    voice.refresh_from_db()
    assert voice.preview.read()


@pytest.mark.parametrize(
    ("listener", "status"), [("owner", 200), ("staff", 200), ("stranger", 404), (None, 404)]
)
async def test_one_s_own_voice_is_heard_by_its_owner_and_by_staff(
    voice: VoiceProfile, speaker: Speaker, listener: str | None, status: int
) -> None:
    people = {
        name: await User.objects.acreate(email=f"{name}@example.org", is_staff=name == "staff")
        for name in ("owner", "staff", "stranger")
    }
    await VoiceProfile.objects.filter(pk=voice.pk).aupdate(owner=people["owner"])
    await sync_to_async(previews.render)(voice.pk)
    client = AsyncClient()
    if listener:
        await client.aforce_login(people[listener])
    answer = await client.get(f"/voices/{voice.uuid}/preview.mp3")
    assert answer.status_code == status
    if status == 200:
        assert answer["cache-control"].startswith("private")
    answer.close()


async def test_the_address_renders_and_serves_it(
    voice: VoiceProfile, speaker: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks.render_preview, "send", previews.render)
    answer = await AsyncClient().get(f"/voices/{voice.uuid}/preview.mp3")
    assert (answer.status_code, answer["content-type"]) == (200, "audio/mpeg")
    answer.close()


async def test_a_voice_that_is_not_there_is_not_found() -> None:
    answer = await AsyncClient().get("/voices/00000000-0000-4000-8000-000000000000/preview.mp3")
    assert answer.status_code == 404


async def test_a_voice_that_cannot_speak_says_so_in_time(
    voice: VoiceProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(kind: type, name: str) -> None:
        raise EngineError("no")

    monkeypatch.setattr(registry, "get", fails)
    monkeypatch.setattr(tasks.render_preview, "send", lambda pk: None)
    monkeypatch.setattr("voices.preview_views.PATIENCE_SECONDS", 0.3)
    answer = await AsyncClient().get(f"/voices/{voice.uuid}/preview.mp3")
    assert (answer.status_code, answer["retry-after"]) == (503, "60")
