"""The pages of an account's dictionary, seen and changed by its owner alone."""

# ruff: noqa: RUF001 - IPA, meant as it is
from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audio_api.closing import close
from audio_api.services.speech.api import pronounced_for, speech_request
from audiopod.common.problem import Problem
from dashboard.playground.words import for_page
from tests.pages import page_of
from voices import dictionary
from voices.models import Pronunciation, VoiceProfile

pytestmark = [pytest.mark.django_db, pytest.mark.database]
PAGE = "/dashboard/pronunciations/"


@pytest.fixture
def user() -> User:
    return User.objects.create_user("ada@example.com")


@pytest.fixture
def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def word(user: User) -> Pronunciation:
    return put(user, "nginx", "engine ex")


@pytest.fixture
def strangers() -> Pronunciation:
    return put(User.objects.create_user("eve@example.com"), "secret", "hidden")


def put(user: User, word: str, said: str) -> Pronunciation:
    entry = Pronunciation(user=user, word=word, said=said)
    dictionary.save(entry)
    return entry


def words(user: User) -> list[tuple[Any, ...]]:
    rows = Pronunciation.objects.for_user(user)
    return list(rows.values_list("word", "said", "match_case"))


def shown(client: Client) -> str:
    answer = client.get(PAGE)
    page_of(answer)
    return str(answer.content.decode())


def test_a_word_is_added_shown_changed_and_deleted(user: User, as_user: Client) -> None:
    assert "There are no words yet." in shown(as_user)

    sent = {"word": " SQL ", "said": "sequel", "match_case": "on"}
    assert "“SQL” is in your dictionary." in as_user.post(PAGE, sent, follow=True).content.decode()
    assert words(user) == [("SQL", "sequel", True)]
    for told in ("SQL", "sequel", "only so", "1 of at most 500 words"):
        assert told in shown(as_user)

    (entry,) = Pronunciation.objects.all()
    page = as_user.get(f"{PAGE}{entry.pk}/")
    page_of(page)
    assert 'value="sequel"' in page.content.decode()
    as_user.post(f"{PAGE}{entry.pk}/", {"word": "sql", "said": "/ˈɛs kˈjuː ˈɛl/"})
    assert words(user) == [("sql", "/ˈɛs kˈjuː ˈɛl/", False)]

    as_user.post(f"{PAGE}{entry.pk}/delete/")
    assert words(user) == []


@pytest.mark.parametrize(
    ("written", "said", "why"),
    [
        ("", "x", "This field is required."),
        ("[x]", "x", "A word has none of the signs [ ] &lt; &gt;."),
        ("x", "/x/", "Between slashes stand letters"),
        ("x", "...", "Write how it sounds"),
        ("NGINX", "x", "This word is in your dictionary already."),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    as_user: Client, word: Pronunciation, written: str, said: str, why: str
) -> None:
    answer = as_user.post(PAGE, {"word": written, "said": said})
    assert answer.status_code == 400
    assert why in answer.content.decode()


def test_a_full_dictionary_takes_no_more(
    user: User, as_user: Client, word: Pronunciation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dictionary, "MAX_ENTRIES", 1)
    answer = as_user.post(PAGE, {"word": "two", "said": "to"})
    assert answer.status_code == 400
    assert "A dictionary has at most 1 entries" in answer.content.decode()
    assert len(words(user)) == 1


def test_words_of_others_are_not_there(
    user: User, as_user: Client, strangers: Pronunciation
) -> None:
    assert "secret" not in shown(as_user)
    for path in (f"{PAGE}{strangers.pk}/", f"{PAGE}{strangers.pk}/delete/"):
        assert as_user.post(path, {"word": "x", "said": "y"}).status_code == 404
    assert "secret" not in as_user.get(f"{PAGE}pronunciations.csv").content.decode()
    assert words(strangers.user) == [("secret", "hidden", False)]


@pytest.mark.parametrize("name", ["pronunciations", "pronunciations-csv"])
def test_who_is_not_logged_in_is_sent_to_the_log_in(client: Client, name: str) -> None:
    answer = client.get(reverse(name))
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


def test_a_list_goes_out_and_comes_in(user: User, as_user: Client, word: Pronunciation) -> None:
    out = as_user.get(f"{PAGE}pronunciations.csv")
    assert "attachment" in out["Content-Disposition"]
    table = out.content.decode() + "SQL,sequel,yes\r\n"
    Pronunciation.objects.all().delete()

    file = SimpleUploadedFile("words.csv", table.encode())
    said = as_user.post(f"{PAGE}import/", {"file": file}, follow=True).content.decode()

    assert "2 entries were taken over." in said
    assert set(words(user)) == {("nginx", "engine ex", False), ("SQL", "sequel", True)}


def test_a_list_with_an_error_changes_nothing(user: User, as_user: Client) -> None:
    file = SimpleUploadedFile("words.csv", b"a,b\nc\n")
    answer = as_user.post(f"{PAGE}import/", {"file": file})
    assert answer.status_code == 400
    assert "Line 2: There is only one column." in answer.content.decode()
    assert words(user) == []


def test_speeches_of_the_account_are_said_so(user: User, word: Pronunciation) -> None:
    VoiceProfile.objects.create(
        name="nova", engine="double", engine_voice="x", language="en-US", is_installed=True
    )
    fields = {
        "model": "tts-1", "voice": "nova", "input": "Is nginx up?", "response_format": "mp3",
        "speed": 1, "instructions": "", "stream_format": "audio",
    }  # fmt: skip
    asked = speech_request(user, fields)
    assert (asked.text, asked.to_say) == ("Is nginx up?", "Is engine ex up?")
    assert not speech_request(user, fields | {"input": "All is well."}).pronounced
    kept = (*asked.SHOWN, *asked.KEPT)
    assert not {"text", "pronounced"} & set(kept), "what is said is erased at the end"


def test_words_do_not_make_a_text_endless(user: User) -> None:
    put(user, "a", "b " * 60)
    assert pronounced_for(user, "a word", param="input")
    with pytest.raises(Problem) as refused:
        pronounced_for(user, "a " * 100, param="input")
    assert (refused.value.param, refused.value.code) == ("input", "string_above_max_length")
    assert "your dictionary" in for_page(refused.value).message, "4,096 characters are not reached"


def test_a_closed_account_leaves_no_words(
    user: User, word: Pronunciation, strangers: Pronunciation
) -> None:
    close(user)
    assert words(user) == []
    assert words(strangers.user) == [("secret", "hidden", False)]
