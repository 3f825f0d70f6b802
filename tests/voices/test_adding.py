"""Adding a Piper voice: refused in words, or offered at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from audio.engines.base import EngineError
from audio.engines.speech import piper_trial
from audio.engines.speech.length import length
from audio.engines.speech.loudness import TARGET_LUFS
from audio.engines.speech.measuring import Spoken
from tests.audio.engines.test_piper_config import config
from voices import adding, piper_files, services, tasks
from voices.adding import NewVoice, NotAVoice, add
from voices.catalogue import catalogue
from voices.models import VoiceAlias, VoiceProfile

pytestmark = pytest.mark.django_db

JOE = "piper-en_US-joe-medium/en_US-joe-medium.onnx"


@pytest.fixture
def previews(monkeypatch: Any) -> list[int]:
    asked: list[int] = []
    monkeypatch.setattr(tasks.render_preview, "send", asked.append)
    return asked


@pytest.fixture(autouse=True)
def _folders(settings: Any, tmp_path: Path, previews: list[int]) -> None:
    settings.MEDIA_ROOT, settings.MODELS_DIR = tmp_path / "media", tmp_path / "models"


@pytest.fixture
def tried(monkeypatch: Any) -> list[str]:
    """What voices were asked to say; each says it well, in five seconds a line."""
    said: list[str] = []

    def speaks(folder: Path, lines: Sequence[str]) -> Spoken:
        said.extend(lines)
        return Spoken(seconds=(5.0,) * len(lines), lufs=-14.0, peak_db=0.0)

    monkeypatch.setattr(piper_trial, "try_voice", speaks)
    return said


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "voice.onnx"
    path.write_bytes(b"\x08\x07" + bytes(200_000))
    return path


def eva(**changes: Any) -> NewVoice:
    return NewVoice(**{"name": "eva", "display_name": "Eva", "gender": "female"} | changes)


def test_it_is_tried_kept_and_offered(
    tried: list[str], model: Path, previews: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        voice = add(eva(), model=model, config=config(language={"code": "de_DE"}))
    assert tried[0] == "Hallo, ich heiße Eva. So klinge ich auf AudioPod."
    found = services.resolve(None, "eva")
    assert (found.engine, found.engine_voice, found.language) == (
        "piper",
        voice.engine_voice,
        "de-DE",
    )
    assert default_storage.exists(f"piper-voices/{voice.engine_voice}.onnx")
    assert previews == [voice.pk]


def test_its_pace_and_its_loudness_are_learned(tried: list[str], model: Path) -> None:
    add(eva(), model=model, config=config(language={"code": "de_DE"}))

    found = services.resolve(None, "eva")
    beats = sum(length(line, "de-DE").beats for line in tried)
    assert found.pace_ms == pytest.approx(5000 * len(tried) / beats, abs=0.01)
    assert found.gain_db == pytest.approx(TARGET_LUFS + 14.0)


def test_a_voice_that_cannot_speak_leaves_nothing(model: Path, monkeypatch: Any) -> None:
    def fails(folder: Path, text: str) -> None:
        raise NotAVoice("silent")

    monkeypatch.setattr(piper_trial, "try_voice", fails)
    with pytest.raises(NotAVoice):
        add(eva(), model=model, config=config())
    assert not VoiceProfile.objects.exists()
    assert not default_storage.exists("piper-voices")


@pytest.mark.parametrize("name", ["nova", "af_nova", "taken", "another-alias"])
def test_a_name_that_leads_elsewhere_is_refused(tried: list[str], model: Path, name: str) -> None:
    other = VoiceProfile.objects.create(name="taken", engine="e", engine_voice="v", language="en")
    VoiceAlias.objects.create(name="another-alias", voice=other)
    with pytest.raises(ValidationError, match="Another voice answers"):
        add(eva(name=name), model=model, config=config())
    assert not tried


@pytest.mark.parametrize(
    "change", [{"name": "Eva Maria"}, {"language": "?"}, {"gender": "x"}, {"tags": [1]}]
)
def test_nonsense_is_refused(tried: list[str], model: Path, change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        add(eva(**change), model=model, config=config())
    assert not tried


def test_who_comes_second_leaves_no_files(tried: list[str], model: Path, monkeypatch: Any) -> None:
    VoiceProfile.objects.create(name="eva", engine="e", engine_voice="v", language="en")
    monkeypatch.setattr(adding, "_require_free", lambda name: None)
    monkeypatch.setattr(VoiceProfile, "full_clean", lambda self: None)
    with pytest.raises(ValidationError, match="Another voice answers"):
        add(eva(), model=model, config=config())
    assert not piper_files.sync()


def test_a_storage_that_fails_is_an_error_in_words(
    tried: list[str], model: Path, monkeypatch: Any
) -> None:
    def fails(*args: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(piper_files, "_store", fails)
    with pytest.raises(EngineError, match="the disk is full"):
        add(eva(), model=model, config=config())
    assert not VoiceProfile.objects.exists()


def test_the_command_adds_a_real_voice(models_dir: Path, capsys: Any) -> None:
    call_command("add_piper_voice", "joey", str(models_dir / JOE), "--gender", "male")
    assert "joey (en-US) is offered" in capsys.readouterr().out
    joey = VoiceProfile.objects.get(name="joey")
    assert joey.display_name == "Joey"
    shipped = catalogue().voices["piper", "en_US-joe-medium"]
    assert joey.pace_ms == pytest.approx(shipped.pace_ms, rel=0.1)
    assert joey.gain_db == pytest.approx(shipped.gain_db, abs=1.5)


def test_the_command_says_what_is_wrong(tmp_path: Path, model: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("add_piper_voice", "eva", str(model))
    model.with_name("voice.onnx.json").write_text("{}")
    with pytest.raises(CommandError, match="sample_rate"):
        call_command("add_piper_voice", "eva", str(model))
    with pytest.raises(CommandError, match="Another voice"):
        call_command("add_piper_voice", "nova", str(model))
