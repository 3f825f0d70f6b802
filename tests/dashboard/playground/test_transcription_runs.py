"""A transcript of the playground: told as it is heard, in every format of one paid run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.urls import reverse
from waffle.testutils import override_switch

from accounts.models import User
from accounts.services import create_api_key
from audio.engines import registry
from audio.engines.base import Segment, Transcription, Word
from audio_api.models import Job
from tests.audio_api.halves import hears
from tests.dashboard.playground.conftest import HEARD_SECONDS, logged_in
from tests.dashboard.playground.test_speech_runs import AS_FORM, spent, told

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("decoder")]

RUN = "/playground/transcription/run"
FILE = {"file": ("talk.mp3", b"sound", "audio/mpeg")}
CHOSEN = {"model": "whisper-1", "task": "transcribe", "language": "en", "prompt": "Zoë"}


class Listener:
    """Hears two words, and says what it was asked."""

    name = "double"
    asked: dict[str, Any]

    def transcribe(self, samples: object, **asked: Any) -> Transcription:
        self.asked = asked
        words = [Word("Hello", 0.1, 0.4, 0.9), Word("<b>", 0.5, 0.9, 0.9)]
        segment = Segment(0, 0, 0.0, 1.0, " Hello <b>", [], 0.0, -0.1, 1.0, 0.0, words)
        return Transcription("en", iter([segment]))


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Listener:
    engine = Listener()
    monkeypatch.setattr(registry, "get", lambda kind: engine)
    return engine


def events_of(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = [line for line in answer.text.split("\n") if line.startswith("data: ")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def test_its_last_event_brings_every_format(browser: httpx.Client, listener: Listener) -> None:
    *deltas, done = events_of(browser.post(RUN, data=CHOSEN, files=FILE))
    assert "".join(delta["delta"] for delta in deltas) == done["text"] == "Hello <b>"
    assert done["verbose_json"]["words"] == [
        {"word": "Hello", "start": 0.1, "end": 0.4},
        {"word": "<b>", "start": 0.5, "end": 0.9},
    ]
    assert len(done["verbose_json"]["segments"]) == 1
    assert done["srt"] == "1\n00:00:00,100 --> 00:00:01,100\nHello <b>\n\n"
    assert done["vtt"].startswith("WEBVTT\n\n00:00:00.100 -->")
    assert listener.asked["word_timestamps"] is True
    assert (listener.asked["language"], listener.asked["prompt"]) == ("en", "Zoë")


def test_it_costs_what_it_costs_in_the_api(
    browser: httpx.Client, ada: User, listener: Listener
) -> None:
    _, token = create_api_key(user=ada, name="test")
    headers = {"Authorization": f"Bearer {token}"}
    events_of(browser.post(RUN, data=CHOSEN, files=FILE))
    body = {"model": "whisper-1", "language": "en"}
    of_api = browser.post("/api/v1/audio/transcriptions", data=body, files=FILE, headers=headers)
    assert of_api.status_code == 200
    paid = spent(ada)
    page, api = Job.objects.order_by("created_at")
    assert page.api_key is None
    for name in ("user", "kind", "status", "model", "audio_ms", "cost_micros", "held_micros"):
        assert getattr(page, name) == getattr(api, name), name
    assert page.audio_ms == HEARD_SECONDS * 1000
    assert paid == 2 * page.cost_micros > 0


def test_the_api_gives_no_more_than_openai_s(
    browser: httpx.Client, ada: User, listener: Listener
) -> None:
    _, token = create_api_key(user=ada, name="test")
    body = {"model": "whisper-1", "stream": "true", "every_format": "true"}
    headers = {"Authorization": f"Bearer {token}"}
    answer = browser.post("/api/v1/audio/transcriptions", data=body, files=FILE, headers=headers)
    assert set(events_of(answer)[-1]) == {"type", "text", "usage"}


def test_translation_is_a_kind_of_its_own(browser: httpx.Client, listener: Listener) -> None:
    done = events_of(browser.post(RUN, data=CHOSEN | {"task": "translate"}, files=FILE))[-1]
    assert listener.asked["task"] == done["verbose_json"]["task"] == "translate"
    assert listener.asked["language"] is None, "the API's translations take none"
    assert Job.objects.get().kind == "translation"


# --- refusals -------------------------------------------------------------------------------------
@pytest.fixture
def nothing_is_paid(ada: User) -> Iterator[None]:
    yield
    assert spent(ada) == 0


@pytest.mark.usefixtures("nothing_is_paid")
def test_no_file_and_an_empty_one_are_asked_for_again(browser: httpx.Client) -> None:
    missing = told(browser.post(RUN, data=CHOSEN), 400)
    assert missing["message"] == "Choose a file, or record something, first."
    empty = told(browser.post(RUN, data=CHOSEN, files={"file": ("a.mp3", b"")}), 400)
    assert (empty["param"], empty["message"][:20]) == ("file", "Audio file is empty.")
    wrong = told(browser.post(RUN, data=CHOSEN | {"language": "xx"}, files=FILE), 400)
    assert wrong["param"] == "language"
    assert not Job.objects.exists()


@pytest.mark.usefixtures("nothing_is_paid")
def test_a_failure_before_the_first_word_is_a_refusal(
    browser: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hears(monkeypatch, RuntimeError("out of order"))
    assert "not charged" in told(browser.post(RUN, data=CHOSEN, files=FILE), 500)["message"]


@pytest.mark.usefixtures("nothing_is_paid")
def test_a_failure_after_it_is_the_last_event_and_a_page_for_a_form(
    browser: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hears(monkeypatch, "early", RuntimeError("out of order"))
    events = events_of(browser.post(RUN, data=CHOSEN, files=FILE))
    assert events[0]["delta"] == "early"
    assert "not charged" in events[-1]["error"]["message"]
    page = browser.post(RUN, data=CHOSEN, files=FILE, headers=AS_FORM)
    assert page.status_code == 500
    assert "not charged" in page.text
    assert 'id="file"' in page.text


def test_nothing_is_decoded_for_who_has_no_money(
    site: str, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audio_api.services.transcription.decoding.decode_async", None)
    with logged_in(site, User.objects.create_user("poor@example.com")) as poor:
        assert told(poor.post(RUN, data=CHOSEN, files=FILE), 402)["code"] == "insufficient_quota"


@pytest.mark.parametrize("switch", ["playground", "transcription"])
@pytest.mark.usefixtures("nothing_is_paid")
def test_it_can_be_switched_off(browser: httpx.Client, switch: str) -> None:
    with override_switch(switch, active=False):
        assert told(browser.post(RUN, data=CHOSEN, files=FILE), 503)["code"] == "switched_off"


# --- without JavaScript --------------------------------------------------------------------------
def test_a_form_gets_a_page_with_the_text_in_three_formats(
    browser: httpx.Client, listener: Listener
) -> None:
    hostile = {"file": ('"><script>alert(1)</script>.mp3', b"sound", "audio/mpeg")}
    page = browser.post(RUN, data=CHOSEN, files=hostile, headers=AS_FORM)
    assert page.status_code == 200
    assert "Hello &lt;b&gt;</p>" in page.text
    assert "00:00:00,100 --&gt; 00:00:01,100" in page.text
    assert "WEBVTT" in page.text
    assert "$0.0005 for 3 seconds of audio." in page.text
    assert "<script>alert" not in page.text
    assert "no-store" in page.headers["cache-control"]


def test_silence_is_said_in_words(browser: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    hears(monkeypatch)
    page = browser.post(RUN, data=CHOSEN, files=FILE, headers=AS_FORM)
    assert "Nobody speaks in this recording." in page.text


# --- large recordings -----------------------------------------------------------------------------
def test_a_large_recording_needs_a_pass_which_who_is_logged_in_is_given(
    browser: httpx.Client, site: str, listener: Listener
) -> None:
    large = {"file": ("talk.wav", bytes(6 * 2**20), "audio/wav")}
    assert browser.post(RUN, data=CHOSEN, files=large).status_code == 413
    given = browser.get(reverse("playground-upload-pass")).json()
    leave = {given["header"]: given["pass"]}
    assert events_of(browser.post(RUN, data=CHOSEN, files=large, headers=leave))[-1]["text"]
    assert httpx.get(site + reverse("playground-upload-pass")).status_code == 302
