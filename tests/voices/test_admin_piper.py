"""What staff do with voices because there are engines: new previews, and Piper voices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import Permission
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import User
from audio.engines.speech import piper_trial
from audio.engines.speech.measuring import Spoken
from audio.engines.speech.piper_config import NotAVoice
from audiopod.common import staff_pass
from tests.audio.engines.test_piper_config import config
from voices import tasks
from voices.models import VoiceProfile

pytestmark = pytest.mark.django_db

LIST = "/admin/voices/voiceprofile/"
PAGE = f"{LIST}piper/"


@pytest.fixture
def staff(client: Any) -> User:
    user = User.objects.create_superuser("staff@example.org")
    client.force_login(user)
    return user


@pytest.fixture
def voice() -> VoiceProfile:
    return VoiceProfile.objects.create(
        name="dora", engine="kokoro", engine_voice="ef_dora", language="es", is_installed=True
    )


@pytest.fixture
def asked(monkeypatch: Any) -> list[int]:
    """The voices whose previews a worker was asked for."""
    asked: list[int] = []
    for actor in (tasks.regenerate_preview, tasks.render_preview):
        monkeypatch.setattr(actor, "send", asked.append)
    return asked


@pytest.fixture(autouse=True)
def _folders(settings: Any, tmp_path: Path, monkeypatch: Any) -> None:
    settings.MEDIA_ROOT, settings.MODELS_DIR = tmp_path / "media", tmp_path / "models"
    spoken = Spoken(seconds=(5.0,) * 3, lufs=-14.0, peak_db=0.0)
    monkeypatch.setattr(piper_trial, "try_voice", lambda folder, lines: spoken)


def form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "eva",
        "display_name": "Eva",
        "gender": "female",
        "tags": '["warm"]',
        "model": SimpleUploadedFile("de.onnx", b"\x08\x07" + bytes(200_000)),
        "config": SimpleUploadedFile("de.onnx.json", config(language={"code": "de_DE"})),
    } | changes


def test_new_previews_are_asked_of_the_workers_and_noted(
    voice: VoiceProfile,
    staff: User,
    client: Any,
    asked: list[int],
    django_capture_on_commit_callbacks: Any,
) -> None:
    gone = VoiceProfile.objects.create(name="gone", engine="e", engine_voice="g", language="es")
    data = {"action": "regenerate", "_selected_action": [voice.pk, gone.pk]}
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(LIST, data, follow=True)
    assert asked == [voice.pk]
    assert "1 preview is being made" in response.content.decode()
    (entry,) = LogEntry.objects.filter(content_type__model="voiceprofile")
    assert (entry.user, entry.object_id, entry.action_flag) == (staff, str(voice.pk), CHANGE)


def test_a_voice_is_measured_anew_and_shows_what_was_learned(
    voice: VoiceProfile,
    staff: User,
    client: Any,
    monkeypatch: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    page = reverse("admin:voices_voiceprofile_change", args=[voice.pk])
    assert client.get(page).content.decode().count("not measured yet") == 2
    measured: list[int] = []
    monkeypatch.setattr(tasks.measure, "send", measured.append)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(
            LIST, {"action": "measure", "_selected_action": [voice.pk]}, follow=True
        )
    assert measured == [voice.pk]
    assert "1 voice is being measured" in response.content.decode()

    VoiceProfile.objects.filter(pk=voice.pk).update(pace_ms=54.13, gain_db=-2.25)
    shown = client.get(page).content.decode()
    assert "54.1 ms a beat" in shown
    assert "-2.2 dB" in shown


def test_a_piper_voice_is_added(
    staff: User, client: Any, asked: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    assert PAGE in client.get(LIST).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(PAGE, form())
    voice = VoiceProfile.objects.get()
    assert response["location"] == reverse("admin:voices_voiceprofile_change", args=[voice.pk])
    assert (voice.name, voice.language, voice.tags) == ("eva", "de-DE", ["warm"])
    assert voice.is_installed
    assert asked == [voice.pk]
    (entry,) = LogEntry.objects.filter(content_type__model="voiceprofile")
    assert (entry.object_id, entry.action_flag) == (str(voice.pk), ADDITION)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "nova"}, "Another voice answers"),
        ({"name": "Eva Maria"}, "lower-case"),
        ({"language": "German"}, "BCP 47"),
        ({"model": SimpleUploadedFile("de.onnx", b"\x08\x07")}, "too small"),
        ({"model": SimpleUploadedFile("x.zip", b"PK" + bytes(200_000))}, "not an ONNX file"),
        ({"config": SimpleUploadedFile("c", b" " * 1_000_001)}, "too large"),
        ({"config": SimpleUploadedFile("c", b"{}")}, "sample_rate"),
        ({"model": ""}, "required"),
    ],
)
def test_what_is_wrong_is_said_on_the_page(
    staff: User, client: Any, change: dict[str, Any], words: str
) -> None:
    response = client.post(PAGE, form(**change))
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not VoiceProfile.objects.exists()


def test_a_voice_that_cannot_speak_is_refused(staff: User, client: Any, monkeypatch: Any) -> None:
    def fails(folder: Path, text: str) -> None:
        raise NotAVoice("it said <nothing>")

    monkeypatch.setattr(piper_trial, "try_voice", fails)
    assert "it said &lt;nothing&gt;" in client.post(PAGE, form()).content.decode()


def test_only_who_may_add_voices_gets_the_page_and_its_pass(client: Any) -> None:
    helper = User.objects.create_user("helper@example.org", is_staff=True)
    helper.user_permissions.add(Permission.objects.get(codename="view_voiceprofile"))
    client.force_login(helper)
    assert PAGE not in client.get(LIST).content.decode()
    assert client.get(PAGE).status_code == 403
    assert staff_pass.COOKIE not in client.cookies


def test_the_page_gives_a_pass_for_itself_alone(staff: User, client: Any) -> None:
    client.get(PAGE)
    cookie = client.cookies[staff_pass.COOKIE]
    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == (PAGE, "Strict", True)
    assert staff_pass.opens(PAGE, f"a=b; {staff_pass.COOKIE}={cookie.value}")


def test_an_added_voice_can_be_taken_away_with_its_files(
    staff: User, client: Any, asked: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    client.post(PAGE, form())
    voice = VoiceProfile.objects.get()
    stored = f"piper-voices/{voice.engine_voice}.onnx"
    assert default_storage.exists(stored)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{LIST}{voice.pk}/delete/", {"post": "yes"})
    assert not VoiceProfile.objects.exists()
    assert not default_storage.exists(stored)


def test_a_shipped_voice_cannot(voice: VoiceProfile, staff: User, client: Any) -> None:
    assert client.post(f"{LIST}{voice.pk}/delete/", {"post": "yes"}).status_code == 403
