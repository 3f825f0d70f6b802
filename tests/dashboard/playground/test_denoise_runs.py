"""A noise reduction of the playground: a job like any of the API, whose page compares before and
after."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from waffle.testutils import override_switch

from accounts.models import User
from audio.engines import registry
from audio.engines.base import NoiseReductionEngine
from audio_api.jobs import attempts, detached
from audio_api.models import Job
from tests.audio_api.services.denoise.conftest import Quieter, noisy
from tests.dashboard.playground.test_speech_runs import AS_FORM, spent, told
from wallet import services as wallet

pytestmark = pytest.mark.django_db(transaction=True)
PAGE, RUN = "/playground/denoise/", "/playground/denoise/run"
CHOSEN = {"quality_mode": "studio"}


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> Quieter:
    quieter = Quieter()
    monkeypatch.setattr(detached, "enqueue", lambda job: None)
    monkeypatch.setitem(registry._engines, NoiseReductionEngine, {quieter.name: quieter})
    return quieter


def file(seconds: float = 1.5) -> dict[str, tuple[str, bytes, str]]:
    return {"file": ("talk.wav", noisy(seconds), "audio/wav")}


def test_the_page_of_the_job_has_both_to_compare(browser: httpx.Client, ada: User) -> None:
    answer = browser.post(RUN, data=CHOSEN, files=file())
    assert answer.status_code == 200, answer.text
    job = Job.objects.get()
    assert answer.json() == {"url": f"/dashboard/jobs/{job.number}/"}
    assert (job.kind, job.api_key, job.is_detached) == ("noise_reduction", None, True)
    assert wallet.balance(ada).held_micros > 0
    assert 'id="compare"' not in browser.get(f"/dashboard/jobs/{job.number}/").text
    attempts.run(job.pk)
    page = re.sub(r"\s+", " ", browser.get(f"/dashboard/jobs/{job.number}/").text)
    compare = page[page.index('id="compare"') : page.index('id="made"')]
    assert "became 20.0 dB quieter" in compare
    assert compare.count("<audio") == 2
    before, after = re.findall(r'<path d="([^"]+)"', compare)
    assert before.count("M") == after.count("M") == 160
    assert before != after
    sources = re.findall(r'src="([^"]+)"', compare)
    assert [source.rpartition("/")[2] for source in sources] == ["talk.wav", "talk-denoised.wav"]
    assert spent(ada) == 1_000


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
def test_what_is_refused_is_told_on_the_page(browser: httpx.Client, engine: Quieter) -> None:
    missing = told(browser.post(RUN, data=CHOSEN), 400)
    assert missing["message"] == "Choose a file, or record something, first."
    no_sound = told(browser.post(RUN, data=CHOSEN, files={"file": ("a.wav", b"no sound")}), 400)
    assert no_sound["message"].startswith("This file cannot be read as sound.")
    page = browser.post(RUN, data={"quality_mode": "loud"}, files=file(), headers=AS_FORM)
    assert page.status_code == 400
    engine.is_here = False
    assert told(browser.post(RUN, data=CHOSEN, files=file()), 501)["code"] == "model_not_installed"


@pytest.mark.usefixtures("nothing_is_paid")
def test_what_is_switched_off(browser: httpx.Client) -> None:
    with override_switch("noise_reduction", active=False):
        assert told(browser.post(RUN, data=CHOSEN, files=file()), 503)["code"] == "switched_off"
        assert 'name="file"' not in browser.get(PAGE).text


def test_the_price_and_the_programs_follow_the_form(browser: httpx.Client) -> None:
    form = {"seconds": "60", "file_name": "my talk.mp4"}
    for mode, price in (("balanced", "$0.02"), ("studio", "$0.04"), ("ultra", "$0.08")):
        ahead = browser.post("/playground/denoise/ahead", data=form | {"quality_mode": mode}).text
        assert price in ahead
        assert f"quality_mode={mode}" in ahead
        assert "denoiser/denoise" in ahead
        assert "clean-my talk.mp4" in ahead
