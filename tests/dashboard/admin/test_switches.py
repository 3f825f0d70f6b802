"""What staff switch off is refused at once, in words for clients; and costs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from waffle.models import Switch
from waffle.testutils import override_switch

from accounts.models import User
from accounts.services import create_api_key
from audio_api.models import Job
from audiopod.common import features
from wallet.models import Hold

pytestmark = pytest.mark.django_db

SPEECH = "/api/v1/audio/speech"
TRANSCRIPTIONS = "/api/v1/audio/transcriptions"
TRANSLATIONS = "/api/v1/audio/translations"


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """A test's change of a switch is rolled back without a word to the cache."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def headers(db: None) -> dict[str, str]:
    user = User.objects.create_user("ada@example.com")
    return {"Authorization": f"Bearer {create_api_key(user=user, name='test')[1]}"}


@pytest.fixture
def as_boss() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss@example.org"))
    return client


def speak(headers: dict[str, str], body: str = "{}") -> Any:
    return Client().post(SPEECH, body, "application/json", headers=headers)


def transcribe(headers: dict[str, str], address: str) -> Any:
    file = SimpleUploadedFile("a.mp3", b"no audio")
    return Client().post(address, {"file": file, "model": "whisper-1"}, headers=headers)


def refused(answer: Any) -> bool:
    """Whether it is the refusal of what is switched off, in OpenAI's shape."""
    if answer.status_code != 503:
        return False
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["code"]) == ("server_error", "switched_off")
    assert "switched off by the operator" in error["message"]
    assert answer.headers["x-should-retry"] == "false", "SDKs would try again at once"
    assert not Job.objects.exists()
    assert not Hold.objects.exists()
    return True


def test_speech(headers: dict[str, str]) -> None:
    with override_switch("speech", active=False):
        assert refused(speak(headers))
        assert refused(speak(headers, "this is no JSON")), "before its body is looked at"
        assert not refused(transcribe(headers, TRANSCRIPTIONS))
    assert speak(headers).status_code == 400


@pytest.mark.parametrize("address", [TRANSCRIPTIONS, TRANSLATIONS])
def test_transcription(headers: dict[str, str], address: str) -> None:
    with override_switch("transcription", active=False):
        assert refused(transcribe(headers, address))
        assert not refused(speak(headers))
    assert not refused(transcribe(headers, address))


def test_who_has_no_key_learns_nothing() -> None:
    with override_switch("speech", active=False):
        assert speak({}).status_code == 401


# --- turning them -----------------------------------------------------------------------------
LISTING = "admin:waffle_switch_changelist"


def turn(client: Client, action: str, *names: str) -> str:
    chosen = Switch.objects.filter(name__in=names).values_list("pk", flat=True)
    sent = {"action": action, "_selected_action": list(chosen)}
    return client.post(reverse(LISTING), sent, follow=True).content.decode()


def test_staff_see_what_becomes_of_each(as_boss: Client) -> None:
    page = as_boss.get(reverse(LISTING)).content.decode()
    for feature in features.all():
        assert feature.name in page
    assert "The playground is closed. The API goes on." in page
    assert "delete_selected" not in page
    assert as_boss.get(reverse("admin:waffle_switch_add")).status_code == 403


def test_a_switch_works_at_once(
    as_boss: Client, headers: dict[str, str], django_capture_on_commit_callbacks: Any
) -> None:
    assert not refused(speak(headers)), "and the cache knows it"
    with django_capture_on_commit_callbacks(execute=True):
        turn(as_boss, "switch_off", "speech", "top_up")
    assert refused(speak(headers))
    with django_capture_on_commit_callbacks(execute=True):
        turn(as_boss, "switch_on", "speech")
    assert not refused(speak(headers))


def test_a_switch_can_be_turned_on_its_page(
    as_boss: Client, headers: dict[str, str], django_capture_on_commit_callbacks: Any
) -> None:
    switch = Switch.objects.get(name="speech")
    page = reverse("admin:waffle_switch_change", args=[switch.pk])
    assert "cost nothing" in as_boss.get(page).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        as_boss.post(page, {"note": "until the disk is larger"})
    assert refused(speak(headers))
    switch.refresh_from_db()
    assert (switch.name, switch.note) == ("speech", "until the disk is larger")


def test_each_turn_is_on_record_once(as_boss: Client) -> None:
    LogEntry.objects.all().delete()
    for _ in range(2):
        turn(as_boss, "switch_off", "speech")
    [done] = LogEntry.objects.all()
    assert (done.object_repr, done.change_message) == ("speech", "Switched off.")


def test_there_are_no_flags_for_some(as_boss: Client) -> None:
    index = as_boss.get(reverse("admin:index")).content.decode()
    assert reverse(LISTING) in index
    assert "/waffle/flag/" not in index
    assert "/waffle/sample/" not in index
