"""The two pages of the playground, for accounts of every kind, and what follows their forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from waffle.testutils import override_switch

from accounts.models import User
from tests.pages import page_of
from voices import dictionary
from voices.models import Pronunciation, VoiceAlias, VoiceProfile

pytestmark = pytest.mark.django_db

PAGES = ["playground", "playground-transcription"]
MOST_QUERIES = 10
HOSTILE = "</textarea><script>alert(1)</script>'\"&"


@pytest.fixture(autouse=True)
def no_voices() -> None:
    VoiceProfile.objects.all().delete()
    cache.clear()


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@example.com")


@pytest.fixture
def as_ada(ada: User, client: Client) -> Client:
    client.force_login(ada)
    return client


def make_voice(name: str, **fields: Any) -> VoiceProfile:
    plain = {
        "display_name": name.title(),
        "engine": "double",
        "engine_voice": name,
        "language": "en-US",
        "is_installed": True,
    }
    return VoiceProfile.objects.create(name=name, **(plain | fields))


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_is_led_to_the_log_in(client: Client, name: str) -> None:
    answer = client.get(reverse(name))
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"?next={reverse(name)}")


@pytest.mark.parametrize("name", PAGES)
def test_it_may_play_what_it_has_in_memory_and_nothing_else_is_loosened(
    as_ada: Client, name: str
) -> None:
    policy = as_ada.get(reverse(name)).headers["Content-Security-Policy"]
    assert "media-src 'self' blob:" in policy
    assert policy.count("blob:") == 1
    assert "unsafe" not in policy
    assert "no-store" in as_ada.get(reverse(name)).headers["Cache-Control"]


@pytest.mark.parametrize("name", PAGES)
def test_it_can_be_switched_off(as_ada: Client, name: str) -> None:
    page_of(as_ada.get(reverse(name)))
    with override_switch("playground", active=False):
        closed = as_ada.get(reverse(name))
    assert page_of(closed).all("textarea") == []
    assert "switched this page off" in closed.content.decode()


def test_each_page_closes_with_its_endpoint(as_ada: Client) -> None:
    with override_switch("speech", active=False):
        assert "switched this page off" in as_ada.get(reverse(PAGES[0])).content.decode()
        assert "switched this page off" not in as_ada.get(reverse(PAGES[1])).content.decode()


def test_voices_are_listed_by_language_and_the_wanted_one_is_chosen(
    as_ada: Client, ada: User
) -> None:
    make_voice("heart", is_installed=True)
    wanted = make_voice("dora", language="es", display_name="<b>Dora</b>" + "x" * 88)
    VoiceAlias.objects.create(name="nova", voice=wanted)
    make_voice("gone", is_installed=False)
    make_voice("theirs", owner=User.objects.create_user("eve@example.com"))
    make_voice("mine", owner=ada)
    for asked, chosen in [("dora", "dora"), ("NOVA", "dora"), ("nobody", "heart"), ("", "dora")]:
        page = page_of(as_ada.get(reverse("playground"), {"voice": asked}))
        options = [o for o in page.all("option") if "data-preview" in o]
        assert [o["value"] for o in options] == ["heart", "mine", "dora"]
        assert [o["value"] for o in options if "selected" in o] == [chosen]
        assert [bool(o["data-preview"]) for o in options] == [True, False, True]
        assert [g["label"] for g in page.all("optgroup")] == ["English (United States)", "Spanish"]


def test_ones_own_voice_stands_for_the_public_one_of_that_name(as_ada: Client, ada: User) -> None:
    make_voice("heart")
    make_voice("heart", owner=ada, display_name="Ada herself")
    page = as_ada.get(reverse("playground")).content.decode()
    assert "Ada herself (heart)" in page
    assert "Heart (heart)" not in page


def test_without_voices_the_page_says_so(as_ada: Client) -> None:
    answer = as_ada.get(reverse("playground"))
    assert "No voice is installed" in answer.content.decode()
    page_of(answer)


@pytest.mark.parametrize("voices", [1, 200])
@pytest.mark.parametrize("name", PAGES)
def test_few_queries_however_many_voices(
    as_ada: Client, name: str, voices: int, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for number in range(voices):
        make_voice(f"voice{number}")
    as_ada.get(reverse(name))
    with django_assert_max_num_queries(MOST_QUERIES):
        as_ada.get(reverse(name), {"voice": "voice0"})


def test_the_estimate_and_the_programs_follow_the_form(as_ada: Client) -> None:
    said = as_ada.post(
        reverse("playground-speech-ahead"),
        {"input": HOSTILE, "voice": "heart", "speed": "1.5", "response_format": "opus"},
    ).content.decode()
    assert "about" in said.lower()
    assert "at most $0.0" in said
    assert "<script>" not in said
    assert "&lt;script&gt;" in said
    assert "speech.opus" in said
    assert said.count('hx-swap-oob="innerHTML"') == 4


def test_the_estimate_is_of_the_words_of_ones_dictionary(as_ada: Client, ada: User) -> None:
    make_voice("heart")

    def told(text: str) -> str:
        form = {"input": text, "voice": "heart"}
        return as_ada.post(reverse("playground-speech-ahead"), form).content.decode()

    said = "the World Wide Web Consortium of Cambridge in Massachusetts"
    dictionary.save(Pronunciation(user=ada, word="W3C", said=said))
    dictionary.save(Pronunciation(user=ada, word="x", said="all of it " * 10))
    most = re.compile(r"at most \$[\d.]+")
    assert most.findall(told("Ask W3C.")) == most.findall(told(f"Ask {said}.")) != []
    assert most.findall(told("Ask Ann.")) != most.findall(told("Ask W3C."))
    assert "for a minute of audio" in told("x " * 100), "what is refused costs nothing"


def test_nothing_is_known_of_no_text_and_nonsense_is_no_error(as_ada: Client) -> None:
    url = reverse("playground-speech-ahead")
    for form in ({}, {"input": "  "}, {"input": "a", "speed": "fast"}, {"input": "x" * 100_000}):
        assert as_ada.post(url, form).status_code == 200
    assert "for a minute of audio" in as_ada.post(url, {"input": " "}).content.decode()
    assert len(as_ada.post(url, {"input": "x" * 100_000}).content) < 40_000


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        ("60", "It will cost $0.0"),
        ("", "a minute of audio"),
        ("nan", "a minute of"),
        ("1e99", "a m"),
    ],
)
def test_a_recording_costs_what_its_length_says(as_ada: Client, seconds: str, words: str) -> None:
    form = {"task": "translate", "seconds": seconds, "file_name": "<img src=x>.mp3"}
    said = as_ada.post(reverse("playground-transcription-ahead"), form).content.decode()
    assert words in said
    assert "audio/translations" in said
    assert "<img" not in said


@pytest.mark.parametrize("name", ["playground-speech-ahead", "playground-transcription-ahead"])
def test_what_follows_a_form_is_for_who_is_logged_in(client: Client, name: str) -> None:
    assert client.post(reverse(name)).status_code == 302
