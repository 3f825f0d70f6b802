"""A worker's part of a conversion: what it costs, what it leaves behind, and how it ends early."""

from __future__ import annotations

import struct
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.core.files.storage import default_storage
from django.db import connections

from accounts.models import User
from audio.codecs.convert import converter_process
from audio.codecs.targets import Quality, Target
from audio_api.jobs import attempts, detached, settlement
from audio_api.jobs.params import without_content
from audio_api.models import Job, JobFile
from audio_api.services.conversion import work
from audio_api.services.conversion.changes import changes
from audio_api.services.conversion.params import ConversionRequest
from tests.audio.codecs import ffmpeg
from tests.audio_api.halves import CREDIT, Settings, spent
from tests.audio_api.services.conversion.conftest import Send, run, sent, stored, tone
from tests.calling import Caller
from wallet import services as wallet

pytestmark = [pytest.mark.usefixtures("background"), pytest.mark.django_db(transaction=True)]
Patch = pytest.MonkeyPatch


def left_nothing_behind(job: Job) -> bool:
    """Only the upload is there, for the job to be run again."""
    return [file.role for file in job.files.all()] == ["upload"] and len(stored()) == 1


# --- recordings that fail -------------------------------------------------------------------------
def test_a_silent_recording_costs_nothing(send: Send, user: User) -> None:
    number = send("convert", file=sent(content=tone(loudness=0.0)), output_format="mp3").json()
    job = run(number["id"])
    assert (job.status, job.error_code, spent(user)) == ("failed", "undecodable_input", 0)
    assert "silent from beginning to end" in job.error_message
    assert job.error_message.endswith("You were not charged.")
    assert left_nothing_behind(job)


def test_a_file_that_lies_of_its_length_is_stopped(
    send: Send, user: User, tmp_path: Path, monkeypatch: Patch
) -> None:
    """An m4a whose packets say that they are a tenth as long as what they decode to."""
    data = ffmpeg.sine(tmp_path / "a.m4a", seconds=60.0).read_bytes()
    at = data.index(b"stts") + 8
    entries = int.from_bytes(data[at : at + 4], "big")
    lying = bytearray(data)
    for entry in range(entries):
        delta = at + 4 + 8 * entry + 4
        struct.pack_into(">I", lying, delta, 100)
    answer = send("convert", file=sent("a.m4a", bytes(lying)), output_format="wav")
    assert answer.json()["estimated_duration"] < 10
    job = run(answer.json()["id"])
    assert (job.status, job.error_code, spent(user)) == ("failed", "recording_too_long", 0)
    assert "more sound in the file than it says" in job.error_message
    assert left_nothing_behind(job)


def test_a_result_that_would_be_too_large(send: Send, user: User, settings: Settings) -> None:
    settings.CONVERSION_MAX_OUTPUT_BYTES = 20_000
    job = run(send("convert", file=sent(), output_format="wav").json()["id"])
    assert (job.status, spent(user)) == ("failed", 0)
    assert "more than 20000 bytes" in job.error_message
    assert left_nothing_behind(job)


# --- what goes wrong here -------------------------------------------------------------------------
def test_a_disk_that_is_full_costs_nothing(send: Send, user: User, monkeypatch: Patch) -> None:
    number = send("convert", file=sent(), output_format="mp3").json()["id"]
    save = default_storage.save

    def full(path: str, content: Any, **how: Any) -> str:
        if "-output-" in path:
            raise OSError(28, "No space left on device")
        return save(path, content, **how)

    monkeypatch.setattr(default_storage, "save", full)
    job = run(number)
    assert (job.status, job.error_code, spent(user)) == ("failed", "internal_error", 0)
    assert left_nothing_behind(job)
    monkeypatch.undo()


def test_a_converter_that_is_killed_is_our_fault(
    send: Send, user: User, monkeypatch: Patch
) -> None:
    """Its process is gone in the middle: the job fails and is free, and the next one is done."""
    number = send("convert", file=sent(content=tone(240.0)), output_format="mp3").json()["id"]

    def kill(self: object, *, progress: float = 0.0, stage: str = "") -> None:
        if stage == work.CONVERTING and progress:
            for child in psutil.Process(converter_process.pid).children():
                child.kill()

    with monkeypatch.context() as patched:
        patched.setattr("audio_api.jobs.attempt.Attempt.alive", kill)
        job = run(number)
    assert (job.status, spent(user)) == ("failed", 0)
    assert left_nothing_behind(job)
    assert run(send("convert", file=sent(), output_format="mp3").json()["id"]).status == "succeeded"


def test_a_lost_worker_s_job_is_done_once_more_and_paid_once(
    send: Send, user: User, monkeypatch: Patch
) -> None:
    """The first attempt has made its output when another takes the job: it changes nothing."""
    number = send("convert", file=sent(), output_format="flac").json()["id"]
    job = Job.objects.get(number=number)
    succeed = settlement.succeed

    def late(job: Job, attempt: int, **how: Any) -> Any:
        if attempt == 1:
            Job.objects.filter(pk=job.pk).update(lease_until="2020-01-01T00:00:00Z")
            attempts.run(job.pk)
        return succeed(job, attempt, **how)

    monkeypatch.setattr(settlement, "succeed", late)
    attempts.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.attempt, spent(user)) == ("succeeded", 2, 250)
    assert job.files.filter(role=JobFile.Role.OUTPUT).count() == 1
    assert len(stored()) == 2, "what the first attempt had stored is gone"


# --- cancelled ------------------------------------------------------------------------------------
def test_a_cancelled_conversion_stops_within_a_moment(
    send: Send, caller: Caller, user: User, monkeypatch: Patch
) -> None:
    monkeypatch.setattr("audio_api.jobs.attempt.PROGRESS_SECONDS", 0.0)
    number = send("convert", file=sent(content=tone(180.0)), output_format="mp3").json()["id"]
    told: list[float] = []
    alive = work.Attempt.alive

    def cancels(self: Any, *, progress: float = 0.0, stage: str = "") -> None:
        if progress:
            told.append(progress)
            caller.post(f"/media-converter/jobs/{number}/cancel", {})
        alive(self, progress=progress, stage=stage)

    monkeypatch.setattr(work.Attempt, "alive", cancels)
    job = run(number)
    assert (job.status, spent(user), len(told)) == ("cancelled", 0, 1)
    assert told[0] < 1
    assert left_nothing_behind(job)


@pytest.mark.race
@pytest.mark.database
def test_a_cancellation_that_meets_the_end(send: Send, user: User, monkeypatch: Patch) -> None:
    """Either the job is paid and its file is there, or neither; whoever comes first."""
    number = send("convert", file=sent(), output_format="flac").json()["id"]
    job = Job.objects.get(number=number)
    both = threading.Barrier(2)
    succeed = settlement.succeed

    def meets(*args: Any, **how: Any) -> Any:
        both.wait(60)
        return succeed(*args, **how)

    monkeypatch.setattr(settlement, "succeed", meets)

    def cancel() -> None:
        both.wait(60)
        detached.cancel(Job.objects.get(pk=job.pk))
        connections.close_all()

    thread = threading.Thread(target=cancel)
    thread.start()
    attempts.run(job.pk)
    thread.join(60)

    job.refresh_from_db()
    outputs = job.files.filter(role=JobFile.Role.OUTPUT).count()
    assert (job.status, spent(user), outputs) in [("succeeded", 250, 1), ("cancelled", 0, 0)]
    assert len(stored()) == 1 + outputs
    assert wallet.balance(user).held_micros == 0


# --- what is remembered ---------------------------------------------------------------------------
def test_progress_is_the_part_that_is_done(send: Send, monkeypatch: Patch) -> None:
    seen: list[float] = []
    monkeypatch.setattr(
        "audio_api.jobs.attempt.Attempt.alive",
        lambda self, *, progress=0.0, stage="": seen.append(progress),
    )
    number = send("convert", file=sent(content=tone(180.0)), output_format="mp3").json()["id"]
    assert run(number).status == "succeeded"
    assert seen == sorted(seen)
    assert all(0 <= progress <= 1.01 for progress in seen)


def test_what_was_asked_comes_out_of_the_database_as_it_went_in(send: Send, user: User) -> None:
    number = send("convert", file=sent(), output_format="flac", quality="low").json()["id"]
    before = ConversionRequest.of(Job.objects.get(number=number).params)
    assert (before.output_format, before.quality) == (Target.FLAC, Quality.LOW)
    assert (before.seconds, before.made) == (1.5, None)
    job = run(number)
    after = ConversionRequest.of(job.params)
    assert after.made is not None
    assert (after.made.samples, after.made.paid_ms, after.made.bits) == (24_000, 1_500, 16)
    assert changes(after, after.made) == []
    assert "source_url" not in without_content(job)
    assert spent(user) == 250 < CREDIT
