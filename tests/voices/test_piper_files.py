"""The files of added voices: kept for all workers, fetched where they are spoken, removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command

from audio.engines import registry
from audio.engines.base import EngineError
from voices import piper_files
from voices.models import VoiceProfile

pytestmark = pytest.mark.django_db


class FarStorage(FileSystemStorage):
    """A storage that is no folder of this machine, as S3 is not."""

    def path(self, name: str) -> str:
        raise NotImplementedError

    def _save(self, name: str, content: Any) -> str:
        target = Path(self.location) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.read())
        return name

    def _open(self, name: str, mode: str = "rb") -> Any:
        return (Path(self.location) / name).open(mode)

    def exists(self, name: str) -> bool:
        return (Path(self.location) / name).exists()

    def delete(self, name: str) -> None:
        (Path(self.location) / name).unlink(missing_ok=True)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        folder = Path(self.location) / path
        return [], [each.name for each in folder.iterdir()]


@pytest.fixture(params=["near", "far"])
def storage(request: Any, settings: Any, tmp_path: Path, monkeypatch: Any) -> FileSystemStorage:
    location = tmp_path / "media"
    kind = FarStorage if request.param == "far" else FileSystemStorage
    made = kind(location=location)
    monkeypatch.setattr(piper_files, "default_storage", made)
    settings.MODELS_DIR = tmp_path / "models"
    return made


@pytest.fixture
def local(tmp_path: Path) -> Path:
    return tmp_path / "models" / "piper-own"


@pytest.fixture
def added(storage: FileSystemStorage, tmp_path: Path) -> str:
    """The stem of a voice that has been added."""
    model = tmp_path / "any.onnx"
    model.write_bytes(b"\x08\x07 a model")
    stem = piper_files.stem_of("eva", model)
    piper_files.keep(stem, model, b'{"espeak": {"voice": "de"}}')
    return stem


def forget_here(local: Path) -> None:
    for path in local.iterdir():
        path.unlink()


def test_a_voice_is_kept_and_is_here(added: str, storage: Any, local: Path) -> None:
    assert storage.exists(f"piper-voices/{added}.onnx")
    assert (local / f"{added}.onnx").read_bytes() == b"\x08\x07 a model"
    assert (local / f"{added}.onnx.json").exists()


def test_the_engine_finds_it(added: str, tmp_path: Path) -> None:
    engine = registry.PiperEngine(registry.EngineConfig(models_dir=tmp_path / "models"))
    assert [(voice.name, voice.language) for voice in engine.voices()] == [(added, "de")]


def test_another_machine_fetches_it_when_it_is_spoken(added: str, local: Path) -> None:
    forget_here(local)
    piper_files.bring("piper", added)
    assert (local / f"{added}.onnx").exists()


@pytest.mark.parametrize("voice", [("kokoro", "x-0123456789ab"), ("piper", "en_US-joe-medium")])
def test_other_voices_are_not_asked_for(storage: Any, voice: tuple[str, str], local: Path) -> None:
    piper_files.bring(*voice)
    piper_files.bring("piper", "gone-0123456789ab")
    assert not local.exists()


def test_damage_on_the_way_is_noticed(added: str, storage: Any, local: Path) -> None:
    forget_here(local)
    (Path(storage.location) / f"piper-voices/{added}.onnx").write_bytes(b"half")
    with pytest.raises(EngineError, match="damaged"):
        piper_files.bring("piper", added)
    assert not (local / f"{added}.onnx").exists()


def test_a_start_mirrors_the_storage(added: str, storage: Any, local: Path) -> None:
    forget_here(local)
    (local / "old-0123456789ab.onnx").touch()
    (local / "old-0123456789ab.onnx.json").touch()
    assert piper_files.sync() == {("piper", added)}
    assert not list(local.glob("old-*"))


def test_a_storage_that_is_silent_changes_nothing(
    added: str, monkeypatch: Any, local: Path
) -> None:
    def silent() -> None:
        raise OSError("no answer")

    monkeypatch.setattr(piper_files, "_stored", silent)
    assert piper_files.sync() == {("piper", added)}


def test_files_go_with_their_last_profile(
    added: str, storage: Any, local: Path, django_user_model: Any
) -> None:
    user = django_user_model.objects.create_user("o@example.org")
    common = {"engine": "piper", "engine_voice": added, "language": "de"}
    public = VoiceProfile.objects.create(name="eva", **common)
    own = VoiceProfile.objects.create(name="eva", owner=user, **common)
    public.delete()
    assert not piper_files.discard_unused("piper", added)
    own.delete()
    assert piper_files.discard_unused("piper", added)
    assert not storage.exists(f"piper-voices/{added}.onnx")
    assert not list(local.glob("*.onnx*"))


def test_a_private_voice_does_not_become_public_at_the_next_start(
    added: str, monkeypatch: Any, tmp_path: Path, django_user_model: Any
) -> None:
    engine = registry.PiperEngine(registry.EngineConfig(models_dir=tmp_path / "models"))
    monkeypatch.setattr(registry, "installed_voices", lambda: {"piper": engine.voices()})
    own = VoiceProfile.objects.create(
        name="eva",
        engine="piper",
        engine_voice=added,
        language="de",
        owner=django_user_model.objects.create_user("o@example.org"),
    )
    call_command("seed_voices")
    own.refresh_from_db()
    assert own.is_installed
    assert not VoiceProfile.objects.public().exists()
