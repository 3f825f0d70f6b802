"""`/api/v1/audio/voices`: what Open WebUI fills its list of voices with."""

from __future__ import annotations

import pytest

from tests.voices.test_api import key_of
from voices.models import VoiceProfile
from voices.services import resolve

pytestmark = [pytest.mark.django_db, pytest.mark.database]

URL = "/api/v1/audio/voices"


def test_open_webui_can_read_the_choices_without_a_key(seeded, client):
    response = client.get(URL)
    assert response.status_code == 200
    body = response.json()
    # what Open WebUI does with it: {voice["id"]: voice["name"] for voice in data["voices"]}
    shown = {voice["id"]: voice["name"] for voice in body["voices"]}
    assert len(shown) == len(body["voices"]) == seeded.total + 13
    assert next(iter(shown)) == "alloy"
    assert shown["nova"] == "Nova (OpenAI)"
    assert shown["bf_emma"] == "Emma (British English, female)"


def test_every_choice_can_be_spoken_with(seeded, client):
    for voice in client.get(URL).json()["voices"]:
        assert resolve(None, voice["id"])


def test_a_key_shows_the_users_own_voices_too(seeded, own_voice, owner, stranger, client):
    def ids(user=None):
        answer = client.get(URL, headers=key_of(user))
        return {voice["id"] for voice in answer.json()["voices"]}

    assert ids(owner) - ids() == {"mine"}
    assert ids(stranger) == ids()


def test_what_is_switched_off_is_no_choice(seeded, client):
    VoiceProfile.objects.filter(name="af_nova").update(is_active=False)
    ids = {voice["id"] for voice in client.get(URL).json()["voices"]}
    assert "af_nova" not in ids


def test_who_has_the_list_is_told_whether_it_is_the_same(seeded, client):
    first = client.get(URL)
    assert first.headers["Cache-Control"] == "max-age=60"
    again = client.get(URL, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    VoiceProfile.objects.filter(name="af_nova").update(is_active=False)
    changed = client.get(URL, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_a_shared_cache_keeps_the_lists_of_two_keys_apart(seeded, client):
    vary = {name.strip() for name in client.get(URL).headers["Vary"].split(",")}
    assert {"Authorization", "X-API-Key"} <= vary


def test_no_installed_voice_is_an_empty_list(db, client):
    assert client.get(URL).json() == {"voices": []}
