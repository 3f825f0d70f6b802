"""Conversions over HTTP: what is taken, what is refused, what is held, and what the job says."""

from __future__ import annotations

import asyncio
import io
import wave
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from waffle.testutils import override_switch

from accounts.models import User
from audio.codecs.targets import Target
from audio_api.jobs import attempts, detached
from audio_api.models import Job, JobFile
from audiopod.asgi import application
from tests.audio.codecs import ffmpeg
from tests.audio_api.halves import Settings, spent
from tests.audio_api.services.conversion.conftest import Send, leave, run, sent, stored, tone
from tests.audiopod.links.source import Source, found
from tests.calling import Caller, calling_as, error_of
from wallet import services as wallet

pytestmark = [pytest.mark.usefixtures("background"), pytest.mark.django_db(transaction=True)]
PRICE = 10_000


# --- from end to end ------------------------------------------------------------------------------
@pytest.mark.parametrize("target", list(Target))
def test_a_recording_becomes_what_was_asked_for(
    send: Send, caller: Caller, user: User, target: Target
) -> None:
    answer = send("convert", file=sent(), output_format=target.value)
    assert answer.status_code == 200, answer.content
    created = answer.json()
    assert created["id"] == created["job_id"]
    assert (created["status"], created["job_type"]) == ("PENDING", "media_converter")
    assert (created["download_url"], created["changes"]) == (None, None)

    job = run(created["id"])
    told = caller.get(f"/media-converter/jobs/{job.number}").json()

    assert (told["status"], told["progress"]) == ("COMPLETED", 100), told["error"]
    assert (told["output_format"], told["quality"]) == (target.value, "high")
    assert told["duration"] == pytest.approx(1.5, abs=0.001)
    # each is made anew, perhaps in another second
    assert told["output_url"].rpartition("/")[2] == told["download_url"].rpartition("/")[2]
    file = Client().get(urlsplit(told["download_url"]).path)
    content = b"".join(_read(file))
    assert file.headers["Content-Type"] == target.recipe.content_type
    assert f'filename="talk.{target}"' in file.headers["Content-Disposition"]
    assert len(content) == told["file_size"]
    assert ffmpeg.listen(content).pitch() == pytest.approx(440, abs=2)
    assert spent(user) == 250 == job.cost_micros, "a second and a half, to the millisecond"


def _read(answer: Any) -> list[bytes]:
    async def read() -> list[bytes]:
        return [block async for block in answer.streaming_content]

    return asyncio.run(read())


def test_what_a_format_cannot_keep_is_said(send: Send, caller: Caller) -> None:
    job = run(send("convert", file=sent(), output_format="opus").json()["id"])
    told = caller.get(f"/jobs/{job.number}").json()
    assert told["changes"] == ["The sample rate is 48000 Hz instead of 16000 Hz."]
    assert (told["sample_rate"], told["channels"], told["bit_depth"]) == (48_000, 1, None)


@pytest.mark.usefixtures("short")
def test_the_three_kinds_of_body(send: Send, caller: Caller) -> None:
    form = {"url": "https://example.com/a.mp4", "output_format": "mp3", "quality": "low"}
    as_json = caller.post("/media-converter/convert", form | {"webhook_url": None})
    headers = {"X-API-Key": caller.token}
    urlencoded = Client().post(
        "/api/v1/media-converter/convert",
        "url=https%3A%2F%2Fexample.com%2Fa.mp4&output_format=mp3&quality=low",
        "application/x-www-form-urlencoded",
        headers=headers,
    )
    multipart = send("convert", **form)
    for answer in (as_json, urlencoded, multipart):
        assert answer.status_code == 200, answer.content
        told = answer.json()
        assert (told["source_type"], told["source_url"]) == ("URL", form["url"])
        assert (told["display_name"], told["quality"]) == ("a.mp4", "low")
        assert caller.delete(f"/media-converter/jobs/{told['id']}").status_code == 204


def test_a_link_is_fetched_held_for_and_paid_exactly(
    send: Send, user: User, short: Settings
) -> None:
    with Source(found(tone(3.0))) as source:
        short.URL_INTAKE_ALLOW = ["127.0.0.1"]
        number = send("convert", url=f"{source.url}/talk.wav", output_format="flac").json()["id"]
        assert wallet.balance(user).held_micros == PRICE, "a minute, for its length is not known"
        job = run(number)
    assert (job.status, job.cost_micros, job.audio_ms) == ("succeeded", 500, 3_000)
    assert job.held_micros < 700, "the rest could be spent while it was worked on"
    names = {file.role: file.file_name for file in job.files.all()}
    assert names == {"upload": "talk.wav", "output": "talk.flac"}


def test_the_result_of_another_job_is_converted(send: Send, caller: Caller) -> None:
    first = run(send("convert", file=sent(), output_format="flac").json()["id"])
    again = send("convert", url=f"job:media_converter:{first.number}", output_format="mp3").json()
    told = run(again["id"])
    assert told.status == "succeeded"
    other = send("convert", url="job:denoise:12345", output_format="mp3")
    assert error_of(other, 404)["code"] == "job_not_found"


# --- refusals: nothing is held, nothing is kept ---------------------------------------------------
@pytest.mark.usefixtures("nothing_is_paid")
def test_what_cannot_be_understood(send: Send) -> None:
    missing = error_of(send("convert", output_format="mp3"), 400)
    assert (missing["param"], missing["code"]) == ("file", "missing_required_parameter")
    both = send("convert", file=sent(), url="https://example.com/a", output_format="mp3")
    assert error_of(both, 400)["param"] == "url"
    unknown = error_of(send("convert", file=sent(), output_format="wma"), 400)
    assert unknown["param"] == "output_format"
    assert "'mp3', 'wav'" in unknown["message"]
    lossless = send("convert", file=sent(), output_format="mp3", quality="lossless")
    assert error_of(lossless, 400)["code"] == "not_lossless"
    two = send("convert", file=[sent(), sent()], output_format="mp3")
    assert "bulk-convert" in error_of(two, 400)["message"]


@pytest.mark.usefixtures("nothing_is_paid")
def test_what_cannot_be_converted(send: Send, tmp_path: Path, settings: Settings) -> None:
    whole = ffmpeg.sine(tmp_path / "a.m4a").read_bytes()
    mute = ffmpeg.make(
        tmp_path / "mute.mp4", "-f", "lavfi", "-i", "testsrc=duration=1:size=64x64:rate=10"
    ).read_bytes()
    settings.CONVERSION_MAX_SECONDS = 2
    refused = {
        b"": "The file is empty",
        b"This is a letter. " * 99: "Invalid file format",
        whole[:-900]: "its end is missing",
        whole.replace(b"mp4a", b"enca", 1): "encrypted",
        mute: "no audio track",
        tone(3.0): "longer than 2 seconds",
    }
    for content, words in refused.items():
        told = error_of(send("convert", file=sent("a", content), output_format="mp3"), 400)
        assert (told["param"], words in told["message"]) == ("file", True), told


@pytest.mark.usefixtures("nothing_is_paid")
def test_a_page_of_a_platform_is_no_media(send: Send) -> None:
    answer = send("convert", url="file:///etc/passwd", output_format="mp3")
    assert error_of(answer, 400)["code"] == "unsupported_url"


def test_without_money_nothing_is_started(send: Send, user: User) -> None:
    leave(user, 200)
    answer = send("convert", file=sent(), output_format="mp3")
    assert answer.status_code == 402
    assert answer.json()["required_cents"] >= answer.json()["available_cents"]
    assert not Job.objects.exists()
    assert stored() == []


def test_as_much_as_it_costs_is_enough(send: Send, user: User) -> None:
    """A bound is held where there is money for it, and the length that the file says where not."""
    leave(user, 250)
    job = run(send("convert", file=sent(), output_format="mp3").json()["id"])
    assert (job.status, job.cost_micros) == ("succeeded", 250)
    assert wallet.balance(user).available_micros == 0


def test_scope_and_switch(user: User, send: Send) -> None:
    other = calling_as(user, scopes=["transcribe"])
    body = {"url": "https://example.com/a", "output_format": "mp3"}
    assert error_of(other.post("/media-converter/convert", body), 403)
    assert other.get("/media-converter/formats").status_code == 403
    assert other.get("/media-converter/jobs").status_code == 403
    with override_switch("media_conversion", active=False):
        answer = send("convert", file=sent(), output_format="mp3")
    assert error_of(answer, 503)["code"] == "switched_off"
    assert not Job.objects.exists()


def test_a_job_is_its_account_s(send: Send, caller: Caller, db: None) -> None:
    number = send("convert", file=sent(), output_format="mp3").json()["id"]
    eve = calling_as(User.objects.create_user("eve@example.com"))
    for answer in (
        eve.get(f"/media-converter/jobs/{number}"),
        eve.delete(f"/media-converter/jobs/{number}"),
        eve.post(f"/media-converter/jobs/{number}/cancel", {}),
        eve.post(f"/media-converter/jobs/{number}/retry", {}),
    ):
        assert error_of(answer, 404)["code"] == "job_not_found"
    assert [row["id"] for row in caller.get("/media-converter/jobs").json()] == [number]
    assert eve.get("/media-converter/jobs").json() == []
    detached.cancel(Job.objects.get(number=number))


def test_the_formats_say_what_they_keep(caller: Caller) -> None:
    told = caller.get("/media-converter/formats").json()
    formats = {row["format"]: row for row in told["output_formats"]}
    assert list(formats) == [target.value for target in Target]
    assert formats["flac"]["qualities"] == ["low", "medium", "high", "lossless"]
    assert formats["mp3"]["qualities"] == ["low", "medium", "high"]
    assert formats["mp3"]["kilobits_per_second"]["high"] == {"mono": 160, "stereo": 256}
    assert not formats["wav"]["cover"]
    assert told["max_file_size"] == 1024**3


# --- the rest -----------------------------------------------------------------------------------
def test_a_large_upload_has_a_limit_of_its_own(
    settings: Settings, user: User, caller: Caller
) -> None:
    """Through the gate: a body beyond that of transcripts, within that of conversions."""
    settings.CONVERSION_MAX_BYTES = 30_000_000

    async def ask(size: int) -> httpx.Response:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            return await client.post(
                "/api/v1/media-converter/convert",
                headers={"X-API-Key": caller.token, "Content-Length": str(size)},
                content=b"x",
            )

    assert asyncio.run(ask(29_000_000)).status_code != 413
    assert asyncio.run(ask(31_000_000)).status_code == 413


def test_a_wav_of_the_api_is_one_of_python_s_library(send: Send, caller: Caller) -> None:
    job = run(send("convert", file=sent(), output_format="wav").json()["id"])
    output = job.files.get(role=JobFile.Role.OUTPUT)
    with default_storage.open(output.path) as file, wave.open(io.BytesIO(file.read())) as read:
        assert read.getparams()[:4] == (1, 2, 16_000, 24_000)


def test_a_job_runs_again_after_a_cancellation(send: Send, caller: Caller, user: User) -> None:
    number = send("convert", file=sent(), output_format="mp3").json()["id"]
    assert caller.post(f"/media-converter/jobs/{number}/cancel", {}).json()["status"] == "FAILED"
    again = caller.post(f"/media-converter/jobs/{number}/retry", {}).json()
    assert (again["id"], again["status"]) == (number, "PENDING")
    attempts.run(Job.objects.get(number=number).pk)
    assert caller.get(f"/media-converter/jobs/{number}").json()["status"] == "COMPLETED"
    assert spent(user) == 250
    assert caller.delete(f"/media-converter/jobs/{number}").status_code == 204
    assert stored() == []
