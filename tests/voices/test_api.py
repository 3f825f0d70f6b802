"""`/api/v1/voice/voice-profiles`: the list and one voice of it, over HTTP."""

from __future__ import annotations

from itertools import chain

import pytest

from accounts.services import create_api_key
from voices import services
from voices.models import VoiceProfile

pytestmark = [pytest.mark.django_db, pytest.mark.database]

URL = "/api/v1/voice/voice-profiles"
KEYS = {
    *("id", "uuid", "voice_id", "name", "display_name", "description", "voice_type", "provider"),
    *("is_public", "language_code", "language_name", "language", "gender", "accent", "category"),
    *("tags", "preview_url", "is_custom", "created_by", "status", "created_at", "aliases"),
    "supported_features",
}


@pytest.fixture
def get(client):
    """GET the list with a query; the answer's voices."""

    def call(user=None, **query):
        response = client.get(URL, query, headers=key_of(user))
        assert response.status_code == 200, response.content
        return response.json()

    return call


def key_of(user) -> dict[str, str]:
    if user is None:
        return {}
    _, token = create_api_key(user=user, name="test")
    return {"Authorization": f"Bearer {token}"}


def names(voices) -> list[str]:
    return [voice["name"] for voice in voices]


def test_everybody_sees_a_plain_array_of_public_voices(seeded, own_voice, get):
    voices = get()
    assert isinstance(voices, list)
    assert len(voices) == seeded.total
    assert names(voices) == sorted(names(voices))
    assert "mine" not in names(voices)
    assert all(set(voice) == KEYS for voice in voices)


def test_a_voice_in_full(seeded, get):
    row = VoiceProfile.objects.get(name="bf_emma")
    (voice,) = get(q="emma")
    created_at = voice.pop("created_at")
    assert created_at.endswith("Z")
    assert voice == {
        "id": row.pk,
        "uuid": str(row.uuid),
        "voice_id": str(row.uuid),
        "name": "bf_emma",
        "display_name": "Emma",
        "aliases": ["ava"],
        "description": row.description,
        "voice_type": "STANDARD",
        "category": "standard",
        "provider": "kokoro",
        "is_public": True,
        "is_custom": False,
        "created_by": None,
        "language": "en-GB",
        "language_code": "en-GB",
        "language_name": "British English",
        "gender": "female",
        "accent": "British",
        "tags": ["clear", "crisp", "news"],
        "preview_url": f"http://testserver/voices/{row.uuid}/preview.mp3",
        "status": "COMPLETED",
        "supported_features": {"speed_control": True, "pitch_control": False},
    }


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
def test_a_key_shows_ones_own_voices_too(seeded, own_voice, owner, client, header):
    token = key_of(owner)["Authorization"]
    value = token if header == "Authorization" else token.removeprefix("Bearer ")
    voices = client.get(URL, headers={header: value}).json()
    (mine,) = [voice for voice in voices if voice["name"] == "mine"]
    assert (mine["voice_type"], mine["is_custom"], mine["is_public"]) == ("CUSTOM", True, False)
    assert mine["created_by"] == owner.pk
    assert mine["preview_url"] is None


def test_nobody_elses_key_shows_them(seeded, own_voice, stranger, get):
    assert len(get(stranger)) == seeded.total


def test_a_wrong_key_is_refused(seeded, client):
    assert client.get(URL, headers={"X-API-Key": "ap_wrong"}).status_code == 401


@pytest.mark.parametrize(
    "query",
    [
        {"include_public": "false"},
        {"is_public": "false"},
        {"voice_type": "CUSTOM"},
        {"voice_type": "custom"},
    ],
)
def test_only_ones_own(seeded, own_voice, owner, get, query):
    assert names(get(owner, **query)) == ["mine"]
    assert get(**query) == []


@pytest.mark.parametrize("query", [{"is_public": "true"}, {"voice_type": "STANDARD"}])
def test_only_public_ones(seeded, own_voice, owner, get, query):
    assert len(get(owner, **query)) == seeded.total


def test_what_the_audiopod_client_sends(seeded, get):
    assert len(get(skip="0", limit="100", include_public="true")) == seeded.total


def test_pages_cover_the_list_once(seeded, get):
    pages = [names(get(skip=skip, limit=10)) for skip in range(0, 60, 10)]
    assert [len(page) for page in pages] == [10, 10, 10, 10, 2, 0]
    assert list(chain(*pages)) == names(get())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"language": "es"}, {"ef_dora", "em_alex", "em_santa"}),
        (
            {"language": "EN-gb", "gender": "male"},
            {"bm_daniel", "bm_fable", "bm_george", "bm_lewis"},
        ),
        ({"engine": "piper"}, {"joe"}),
        ({"engine": "nothing"}, set()),
        ({"q": "WHISPER"}, {"af_nicole"}),
        ({"q": "shimmer"}, {"af_aoede"}),
        ({"q": "siwis"}, {"ff_siwis"}),
        ({"q": "100%"}, set()),
    ],
)
def test_filters(seeded, get, query, expected):
    assert set(names(get(**query))) == expected


def test_a_language_covers_its_regions(seeded, get):
    assert {voice["language"] for voice in get(language="en")} == {"en-US", "en-GB"}
    assert get(language="e") == []


@pytest.mark.parametrize(
    "query",
    [
        {"skip": "-1"},
        {"skip": "9" * 30},
        {"skip": "x"},
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "ten"},
        {"limit": "1.5"},
        {"include_public": "maybe"},
        {"is_public": "2"},
        {"voice_type": "OTHER"},
        {"gender": "robot"},
        {"q": "x" * 101},
        {"q": "a\x00b"},
        {"language": "x" * 36},
        {"engine": "\x00"},
    ],
)
def test_a_query_without_sense_is_refused(seeded, client, query):
    response = client.get(URL, query)
    assert response.status_code == 400, response.content
    assert next(iter(query)) in response.content.decode()


def test_unknown_keys_of_the_query_are_ignored(seeded, get):
    assert len(get(sort="name")) == seeded.total


def test_voices_switched_off_or_gone_are_not_listed(seeded, get):
    VoiceProfile.objects.filter(name="af_nova").update(is_active=False)
    VoiceProfile.objects.filter(name="af_sky").update(is_installed=False)
    assert {"af_nova", "af_sky"}.isdisjoint(names(get()))


def test_the_list_costs_two_queries_however_long(seeded, client, django_assert_num_queries):
    for limit in (1, 100):
        with django_assert_num_queries(2):
            client.get(URL, {"limit": limit, "q": "a"})


def test_one_voice_by_every_spelling(seeded, client):
    nova = VoiceProfile.objects.get(name="af_nova")
    for ident in ("af_nova", "NOVA", nova.pk, nova.uuid):
        response = client.get(f"{URL}/{ident}")
        assert response.status_code == 200
        assert set(response.json()) == KEYS
        assert response.json()["uuid"] == str(nova.uuid)


NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("ident", ["no-such", "0", "9" * 30, NOBODY, "a%00b", "%F0%9F%90%B8"])
def test_no_such_voice_is_404(seeded, client, ident):
    response = client.get(f"{URL}/{ident}")
    assert response.status_code == 404
    assert "There is no voice" in response.content.decode()


def test_a_private_voice_is_404_for_others(seeded, own_voice, owner, stranger, client):
    url = f"{URL}/{own_voice.uuid}"
    assert client.get(url, headers=key_of(owner)).status_code == 200
    assert client.get(url, headers=key_of(stranger)).status_code == 404
    assert client.get(url).status_code == 404


def test_the_list_is_empty_but_right_with_nothing_installed(db, get):
    services.seed({})
    assert get() == []


@pytest.mark.parametrize("path", ["voices", "public-voice-profiles"])
def test_the_list_answers_at_its_older_addresses(seeded, client, path):
    assert client.get(f"/api/v1/voice/{path}").json() == client.get(URL).json()


def test_the_public_list_is_the_same_for_everybody(seeded, own_voice, owner, client):
    public = client.get("/api/v1/voice/public-voice-profiles", headers=key_of(owner)).json()
    assert names(public) == names(client.get(URL).json())
    assert "mine" in names(client.get(URL, headers=key_of(owner)).json())


def test_the_status_of_a_voice_is_the_voice(seeded, client):
    voice = client.get("/api/v1/voice/voices/nova/status").json()
    assert voice == client.get(f"{URL}/nova").json()
    assert voice["status"] == "COMPLETED"


def test_head_is_get_without_the_body(seeded, client):
    asked = client.head(URL)
    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["Content-Type"] == "application/json"
