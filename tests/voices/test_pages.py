"""The page of voices: who sees which, how they are found, and how one is marked."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.models import User
from tests.pages import page_of
from voices.models import FavouriteVoice, VoiceProfile
from voices.views import VOICES_ON_A_PAGE

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NONSENSE = {
    "language": "tlh",
    "gender": "robot",
    "engine": "' OR 1=1",
    "tag": "no such tag",
    "q": "\x00",
    "page": "-7",
}


def names(response: Any) -> list[str]:
    return [shown.voice.name for _language, some in response.context["groups"] for shown in some]


def found(client: Client, **query: str) -> list[str]:
    return names(client.get("/voices/", query))


def voice(name: str, **fields: Any) -> VoiceProfile:
    given = {"display_name": name.title(), "engine": "piper", "engine_voice": name} | fields
    language = given.pop("language", "de-DE")
    return VoiceProfile.objects.create(name=name, language=language, is_installed=True, **given)


def mark(client: Client, chosen: VoiceProfile, favourite: str = "on", **more: Any) -> Any:
    url = f"/voices/{chosen.uuid}/favourite/"
    return client.post(url, {"favourite": favourite, "next": "/voices/?q=x"}, **more)


@pytest.fixture
def nova(seeded) -> VoiceProfile:
    return VoiceProfile.objects.get(name="af_nova")


@pytest.fixture
def logged_in(client, owner) -> Client:
    client.force_login(owner)
    return client


def test_a_visitor_sees_every_public_voice_by_language(seeded, client):
    response = client.get("/voices/")
    page = page_of(response)
    assert len(names(response)) == seeded.total
    languages = [language for language, _voices in response.context["groups"]]
    assert languages[:2] == ["English (United Kingdom)", "English (United States)"]
    assert "Portuguese (Brazil)" in languages
    assert len([b for b in page.all("button") if "data-play" in b]) == seeded.total


def test_a_card_says_all_there_is_to_know(nova, client):
    words = client.get("/voices/", {"q": "af_nova"}).content.decode()
    for word in ("Nova", "af_nova", "female", "American accent", "kokoro", nova.description):
        assert word in words
    assert "<code>nova</code>" in words, "its alias"
    assert f'data-play="{nova.preview_url}"' in words
    assert f'data-copy="voice-{nova.pk}"' in words


def test_without_voices_the_page_says_so(client):
    assert "No voice is installed" in client.get("/voices/").content.decode()


def test_what_is_off_or_not_installed_is_not_shown(seeded, nova, client):
    VoiceProfile.objects.filter(pk=nova.pk).update(is_active=False)
    VoiceProfile.objects.filter(name="joe").update(is_installed=False)
    assert not {"af_nova", "joe"} & set(found(client))


def test_own_voices_are_shown_to_their_owner_alone(own_voice, owner, stranger, client):
    for user, sees in ((owner, True), (stranger, False)):
        client.force_login(user)
        response = client.get("/voices/")
        assert (names(response) == ["mine"]) is sees
        assert ("your own</span>" in response.content.decode()) is sees


@pytest.mark.parametrize(
    ("query", "some", "none"),
    [
        ({"language": "en"}, {"bf_emma", "af_nova"}, {"ff_siwis"}),
        ({"language": "en-GB"}, {"bf_emma"}, {"af_nova"}),
        ({"gender": "male"}, {"am_echo"}, {"af_nova"}),
        ({"engine": "piper"}, {"joe"}, {"af_nova"}),
        ({"tag": "whisper"}, {"af_nicole"}, {"af_nova"}),
        ({"q": "SHIMMER"}, {"af_aoede"}, {"af_nova"}),
        ({"q": "breathy", "gender": "female"}, {"af_nicole"}, {"af_nova"}),
    ],
)
def test_filters(seeded, client, query, some, none):
    names_found = set(found(client, **query))
    assert some <= names_found
    assert not none & names_found


@pytest.mark.parametrize("tag", ['warm & "soft"', "chaleureux été", "back\\slash", "100%", "a_b"])
def test_a_tag_is_found_whatever_is_in_it(client, tag):
    voice("one", tags=[tag, "other"])
    voice("two", tags=[f"{tag}er", "axb", "1000"])
    assert found(client, tag=tag) == ["one"]
    link = f"/voices/?tag={quote(tag, safe='')}"
    assert link in [a["href"] for a in page_of(client.get("/voices/")).all("a")]


@pytest.mark.parametrize(("name", "value"), NONSENSE.items())
def test_a_filter_without_sense_is_left_out(seeded, logged_in, name, value):
    assert len(found(logged_in, **{name: value})) in {seeded.total, VOICES_ON_A_PAGE}


def test_when_nothing_fits_there_is_a_way_back(seeded, client):
    words = client.get("/voices/", {"q": "xyzzy"}).content.decode()
    assert "No voice fits" in words
    assert f"0 voices of {seeded.total}" in words


def test_names_cannot_break_out_of_the_page(client, logged_in):
    bad = '"><script>alert(1)</script>'
    voice("bad", display_name=bad, description=bad, accent=bad, tags=[bad])
    page_of(logged_in.get("/voices/"))
    assert "<script>alert" not in logged_in.get("/voices/", {"q": bad}).content.decode()


def test_many_voices_are_paged_and_cost_no_more(client, logged_in, django_assert_max_num_queries):
    for count in (2, 500):
        VoiceProfile.objects.all().delete()
        for number in range(count):
            voice(f"v{number}", tags=["t"])
        with django_assert_max_num_queries(6):
            response = logged_in.get("/voices/")
        assert len(names(response)) == min(count, VOICES_ON_A_PAGE)
    second = logged_in.get("/voices/", {"tag": "t", "page": "2"})
    assert not set(names(second)) & set(names(response))
    assert "?tag=t&amp;page=3" in second.content.decode()


def test_htmx_is_told_the_shortest_address(seeded, client):
    asked = {"q": "", "gender": "male", "tag": ""}
    response = client.get("/voices/", asked, headers={"HX-Request": "true"})
    assert response.headers["HX-Push-Url"] == "/voices/?gender=male"


def test_trying_a_voice_leads_to_the_playground(nova, client):
    links = [a["href"] for a in page_of(client.get("/voices/")).all("a")]
    assert "/playground/?voice=af_nova" in links


def test_a_voice_is_marked_and_unmarked_however_often(nova, owner, logged_in):
    for favourite, count in (("on", 1), ("on", 1), ("off", 0), ("off", 0)):
        response = mark(logged_in, nova, favourite)
        assert (response.status_code, response["location"]) == (302, "/voices/?q=x")
        assert FavouriteVoice.objects.filter(user=owner).count() == count


def test_favourites_are_each_reader_s_own(nova, owner, stranger, client):
    FavouriteVoice.objects.create(user=owner, voice=nova)
    for user, expected in ((owner, ["af_nova"]), (stranger, [])):
        client.force_login(user)
        assert found(client, favourites="on") == expected
    client.logout()
    assert len(found(client, favourites="on")) > 1, "a visitor has none to choose"


def test_htmx_gets_the_new_button(nova, logged_in):
    response = mark(logged_in, nova, headers={"HX-Request": "true"})
    words = response.content.decode()
    assert 'value="off"' in words
    assert "remove Nova from my favourites" in words


def test_a_visitor_is_sent_to_log_in(nova, client):
    assert "next=" in mark(client, nova)["location"]
    assert not FavouriteVoice.objects.exists()
    answer = mark(client, nova, headers={"HX-Request": "true"})
    assert "next=" in answer.headers["HX-Redirect"]


def test_no_form_of_another_site_marks_a_voice(nova, owner):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert mark(client, nova).status_code == 403


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:x", ""])
def test_nobody_is_led_elsewhere(nova, logged_in, target):
    url = f"/voices/{nova.uuid}/favourite/"
    assert logged_in.post(url, {"favourite": "on", "next": target})["location"] == "/voices/"


def test_somebody_else_s_voice_cannot_be_marked(own_voice, stranger, client):
    client.force_login(stranger)
    assert mark(client, own_voice).status_code == 404


def test_marks_go_with_their_account(nova, owner, logged_in):
    mark(logged_in, nova)
    User.objects.filter(pk=owner.pk).delete()
    assert FavouriteVoice.objects.count() == 0
