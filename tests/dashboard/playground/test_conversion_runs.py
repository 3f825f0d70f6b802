"""A conversion of the playground: a job like any of the API, whose page has the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from waffle.testutils import override_switch

from accounts.models import User
from audio_api.jobs import attempts, detached
from audio_api.models import Job
from tests.audio_api.services.conversion.conftest import tone
from tests.dashboard.playground.conftest import logged_in
from tests.dashboard.playground.test_speech_runs import AS_FORM, spent, told
from wallet import services as wallet

pytestmark = pytest.mark.django_db(transaction=True)
PAGE, RUN = "/playground/conversion/", "/playground/conversion/run"
CHOSEN = {"output_format": "flac", "quality": "high"}


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detached, "enqueue", lambda job: None)


def file(seconds: float = 1.5) -> dict[str, tuple[str, bytes, str]]:
    return {"file": ("talk.wav", tone(seconds), "audio/wav")}


def test_a_script_is_led_to_the_page_of_the_job(browser: httpx.Client, ada: User) -> None:
    answer = browser.post(RUN, data=CHOSEN, files=file())
    assert answer.status_code == 200, answer.text
    job = Job.objects.get()
    assert answer.json() == {"url": f"/dashboard/jobs/{job.number}/"}
    assert (job.kind, job.api_key, job.is_detached) == ("media_conversion", None, True)
    assert wallet.balance(ada).held_micros > 0
    attempts.run(job.pk)
    page = browser.get(f"/dashboard/jobs/{job.number}/").text
    assert "talk.flac" in page
    assert "<audio" in page
    assert spent(ada) == 250


def test_a_form_without_a_script_is_led_there_too(browser: httpx.Client) -> None:
    answer = browser.post(RUN, data=CHOSEN, files=file(), headers=AS_FORM)
    assert answer.status_code == 302
    assert answer.headers["location"] == f"/dashboard/jobs/{Job.objects.get().number}/"
    detached.cancel(Job.objects.get())


@pytest.fixture
def nothing_is_paid(ada: User) -> Iterator[None]:
    yield
    assert spent(ada) == 0
    assert not Job.objects.exists()


@pytest.mark.usefixtures("nothing_is_paid")
def test_what_is_refused_is_told_on_the_page(browser: httpx.Client) -> None:
    missing = told(browser.post(RUN, data=CHOSEN), 400)
    assert missing["message"] == "Choose a file, or record something, first."
    no_sound = told(browser.post(RUN, data=CHOSEN, files={"file": ("a.wav", b"no sound")}), 400)
    assert no_sound["message"].startswith("This file cannot be read as sound.")
    wrong = told(
        browser.post(RUN, data={"output_format": "mp3", "quality": "lossless"}, files=file()), 400
    )
    assert wrong["code"] == "not_lossless"
    page = browser.post(
        RUN, data={"output_format": "mp3", "quality": "lossless"}, files=file(), headers=AS_FORM
    )
    assert page.status_code == 400
    assert '<option value="lossless" selected>' in re.sub(r"\s+", " ", page.text)


@pytest.mark.usefixtures("nothing_is_paid")
def test_what_is_switched_off(browser: httpx.Client) -> None:
    with override_switch("media_conversion", active=False):
        assert told(browser.post(RUN, data=CHOSEN, files=file()), 503)["code"] == "switched_off"
        assert 'name="file"' not in browser.get(PAGE).text


def test_another_account_s_job_is_not_found(site: str, browser: httpx.Client, eve: User) -> None:
    browser.post(RUN, data=CHOSEN, files=file())
    job = Job.objects.get()
    with logged_in(site, eve) as other:
        assert other.get(f"/dashboard/jobs/{job.number}/").status_code == 404
    detached.cancel(job)


def test_the_price_and_the_programs_follow_the_form(browser: httpx.Client) -> None:
    form = CHOSEN | {"seconds": "328", "file_name": "my talk.mp4"}
    ahead = browser.post("/playground/conversion/ahead", data=form).text
    assert "$0.05" in ahead
    assert "output_format=flac" in ahead
    assert "my talk.mp4" in ahead
    assert "converted.flac" in ahead
    too_long = browser.post("/playground/conversion/ahead", data=form | {"seconds": "1e9"}).text
    assert "for a minute of audio" in too_long
