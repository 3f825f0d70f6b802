"""`/api/v1/voice/voices/{ref}`: a voice of one's own is changed and deleted, and no other."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.models import User
from tests.calling import calling_as, error_of
from voices.models import VoiceProfile

pytestmark = [pytest.mark.django_db, pytest.mark.database]

URL = "/voice/voices"


def test_an_own_voice_is_deleted(own_voice: VoiceProfile, owner: User) -> None:
    answer = calling_as(owner).delete(f"{URL}/{own_voice.pk}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert not VoiceProfile.objects.filter(pk=own_voice.pk).exists()
    error_of(calling_as(owner).delete(f"{URL}/{own_voice.pk}"), 404)


@pytest.mark.parametrize("spelling", ["name", "pk", "uuid"])
def test_it_is_named_as_a_request_names_it(
    own_voice: VoiceProfile, owner: User, spelling: str
) -> None:
    answer = calling_as(owner).delete(f"{URL}/{getattr(own_voice, spelling)}")
    assert answer.status_code == 204


def test_one_that_is_not_installed_can_be_deleted_too(own_voice: VoiceProfile, owner: User) -> None:
    VoiceProfile.objects.filter(pk=own_voice.pk).update(is_installed=False)
    assert calling_as(owner).delete(f"{URL}/mine").status_code == 204


def test_its_files_go_when_no_other_voice_speaks_from_them(
    own_voice: VoiceProfile, owner: User, django_capture_on_commit_callbacks: Any
) -> None:
    stem = "mine-0123456789ab"
    VoiceProfile.objects.filter(pk=own_voice.pk).update(engine="piper", engine_voice=stem)
    model = default_storage.save(f"piper-voices/{stem}.onnx", ContentFile(b"model"))
    with django_capture_on_commit_callbacks(execute=True):
        calling_as(owner).delete(f"{URL}/mine")
    assert not default_storage.exists(model)


def test_a_standard_voice_is_nobodys_to_change(seeded: object, owner: User) -> None:
    for ref in ("nova", "af_nova", VoiceProfile.objects.get(name="af_nova").uuid):
        error = error_of(calling_as(owner).delete(f"{URL}/{ref}"), 403)
        assert error["code"] == "voice_not_yours"
        error_of(calling_as(owner).patch(f"{URL}/{ref}", {"name": "Mine"}), 403)
    assert VoiceProfile.objects.get(name="af_nova").display_name == "Nova"


def test_the_voice_of_somebody_else_is_not_there(own_voice: VoiceProfile, stranger: User) -> None:
    for answer in (
        calling_as(stranger).delete(f"{URL}/{own_voice.uuid}"),
        calling_as(stranger).patch(f"{URL}/{own_voice.uuid}", {"name": "Taken"}),
    ):
        assert error_of(answer, 404)["code"] == "voice_not_found"
        assert answer.json()["error_code"] == "VOICE_NOT_FOUND"
    own_voice.refresh_from_db()
    assert own_voice.display_name == "Mine"


def test_an_own_voice_gets_another_name(own_voice: VoiceProfile, owner: User) -> None:
    change = {"name": "My Voice!", "description": "Calm.", "gender": "female", "is_public": False}
    voice = calling_as(owner).patch(f"{URL}/mine", change).json()
    assert (voice["display_name"], voice["name"]) == ("My Voice!", "my-voice")
    assert (voice["description"], voice["gender"]) == ("Calm.", "female")
    assert (voice["id"], voice["is_public"], voice["is_custom"]) == (own_voice.pk, False, True)
    assert calling_as(owner).get(f"{URL}/my-voice/status").json()["id"] == own_voice.pk


def test_what_is_not_in_the_body_stays(own_voice: VoiceProfile, owner: User) -> None:
    calling_as(owner).patch(f"{URL}/mine", {"description": "Calm.", "use_case": "news"})
    own_voice.refresh_from_db()
    assert (own_voice.name, own_voice.display_name) == ("mine", "Mine")
    assert own_voice.description == "Calm."


@pytest.mark.parametrize("title", ["もしもし", "42", "--", "É"])
def test_a_name_of_other_letters_can_still_be_asked_for(
    own_voice: VoiceProfile, owner: User, title: str
) -> None:
    voice = calling_as(owner).patch(f"{URL}/mine", {"name": title}).json()
    assert voice["display_name"] == title
    assert calling_as(owner).get(f"{URL}/{voice['name']}/status").json()["id"] == own_voice.pk


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": 7}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"description": "x" * 501}, "description"),
        ({"gender": "robot"}, "gender"),
        ({"is_public": True}, "is_public"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(
    own_voice: VoiceProfile, owner: User, change: dict[str, Any], param: str
) -> None:
    error = error_of(calling_as(owner).patch(f"{URL}/mine", change), 400)
    assert error["param"] == param


def test_two_voices_of_an_account_do_not_have_one_name(
    own_voice: VoiceProfile, owner: User
) -> None:
    VoiceProfile.objects.create(
        name="other",
        display_name="Other",
        engine="kokoro",
        engine_voice="af_sky",
        language="en-US",
        owner=owner,
    )
    error = error_of(calling_as(owner).patch(f"{URL}/mine", {"name": "Other"}), 400)
    assert (error["param"], error["code"]) == ("name", "invalid_value")
    own_voice.refresh_from_db()
    assert own_voice.name == "mine"
