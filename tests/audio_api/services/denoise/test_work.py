"""A worker's part of a noise reduction: what it costs, what it leaves, and how it ends early."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from django.core.files.storage import default_storage
from django.db import connections

from accounts.models import User
from audio.codecs.convert import converter_process
from audio.engines import status
from audio.engines.base import AssetMissing, Cleaning, EngineError, Samples
from audio_api.jobs import attempts, detached, settlement
from audio_api.jobs.params import without_content
from audio_api.models import Job, JobFile
from audio_api.services.denoise import work
from audio_api.services.denoise.comparison import BARS, Comparison
from audio_api.services.denoise.params import DenoiseRequest
from tests.audio_api.halves import CREDIT, spent
from tests.audio_api.services.denoise.conftest import Quieter, Send, noisy, run, sent
from tests.audio_api.services.denoise.test_api import stored
from tests.calling import Caller
from wallet import services as wallet

pytestmark = [pytest.mark.usefixtures("background"), pytest.mark.django_db(transaction=True)]
Patch = pytest.MonkeyPatch
COST = 500
"""Of a second and a half, balanced."""


def left_nothing_behind(job: Job) -> bool:
    """Only the upload is there, for the job to be run again."""
    return [file.role for file in job.files.all()] == ["upload"] and len(stored()) == 1


def test_a_silent_recording_costs_nothing(send: Send, user: User) -> None:
    job = run(send(file=sent(content=noisy(loudness=0.0))).json()["id"])
    assert (job.status, job.error_code, spent(user)) == ("failed", "undecodable_input", 0)
    assert "silent from beginning to end" in job.error_message
    assert job.error_message.endswith("You were not charged.")
    assert left_nothing_behind(job)


# --- engines that fail ----------------------------------------------------------------------------
def test_an_engine_that_is_missing_there_is_named(
    send: Send, user: User, engine: Quieter, monkeypatch: Patch
) -> None:
    """The web process has one and the worker has none."""

    def load() -> None:
        raise AssetMissing("It is not installed: run `pip install it`.")

    number = send(file=sent()).json()["id"]
    monkeypatch.setattr(engine, "load", load)
    job = run(number)
    assert (job.status, job.error_code, spent(user)) == ("failed", "model_not_installed", 0)
    assert "pip install it" in job.error_message
    assert left_nothing_behind(job)


def test_a_broken_engine_sells_nothing(send: Send, user: User, engine: Quieter) -> None:
    status.mark(engine.name, ok=False, detail="it roars")
    job = run(send(file=sent()).json()["id"])
    assert (job.status, job.error_code, spent(user)) == ("failed", "engine_error", 0)
    assert "roars" not in job.error_message
    assert left_nothing_behind(job)


def test_an_engine_that_fails_in_the_middle_costs_nothing(
    send: Send, user: User, engine: Quieter, monkeypatch: Patch
) -> None:
    def clean(blocks: Iterable[Samples], *, mode: Cleaning) -> Iterator[Samples]:
        yield next(iter(blocks))
        raise EngineError("no more")

    monkeypatch.setattr(engine, "clean", clean)
    job = run(send(file=sent(content=noisy(4.0))).json()["id"])
    assert (job.status, job.error_code, spent(user)) == ("failed", "engine_error", 0)
    assert left_nothing_behind(job)


def test_an_engine_that_loses_samples_is_not_paid(
    send: Send, user: User, engine: Quieter, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(engine, "clean", lambda blocks, *, mode: (b[:-1] for b in blocks))
    job = run(send(file=sent()).json()["id"])
    assert (job.status, job.error_code, spent(user)) == ("failed", "engine_error", 0)
    assert left_nothing_behind(job)


# --- what goes wrong here -------------------------------------------------------------------------
def test_a_disk_that_is_full_costs_nothing(send: Send, user: User, monkeypatch: Patch) -> None:
    number = send(file=sent()).json()["id"]
    save = default_storage.save

    def full(path: str, content: Any, **how: Any) -> str:
        if "-output-" in path:
            raise OSError(28, "No space left on device")
        return save(path, content, **how)

    with monkeypatch.context() as patched:
        patched.setattr(default_storage, "save", full)
        job = run(number)
    assert (job.status, job.error_code, spent(user)) == ("failed", "internal_error", 0)
    assert left_nothing_behind(job)


@pytest.mark.parametrize("stage", [work.DECODING, work.ENCODING])
def test_a_codec_that_is_killed_is_our_fault(
    send: Send, user: User, monkeypatch: Patch, stage: str
) -> None:
    """Its process is gone in the middle: the job fails and is free, and the next one is done."""
    name = "sampled" if stage == work.DECODING else "dubbed"
    real = getattr(work, name)

    def killed(source: Path, *files: Any, alive: Any, **how: Any) -> Any:
        def kill(_seconds: float) -> None:
            for child in psutil.Process(converter_process.pid).children():
                child.kill()

        return real(source, *files, alive=kill, **how)

    number = send(file=sent(content=noisy(240.0))).json()["id"]
    with monkeypatch.context() as patched:
        patched.setattr("audio.codecs.convert.LOOK_SECONDS", 0.01)
        patched.setattr(work, name, killed)
        job = run(number)
    assert (job.status, spent(user)) == ("failed", 0)
    assert left_nothing_behind(job)
    assert run(send(file=sent()).json()["id"]).status == "succeeded"


def test_a_lost_worker_s_job_is_done_once_more_and_paid_once(
    send: Send, user: User, monkeypatch: Patch
) -> None:
    """The first attempt has made its output when another takes the job: it changes nothing."""
    job = Job.objects.get(number=send(file=sent()).json()["id"])
    succeed = settlement.succeed

    def late(job: Job, attempt: int, **how: Any) -> Any:
        if attempt == 1:
            Job.objects.filter(pk=job.pk).update(lease_until="2020-01-01T00:00:00Z")
            attempts.run(job.pk)
        return succeed(job, attempt, **how)

    monkeypatch.setattr(settlement, "succeed", late)
    attempts.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.attempt, spent(user)) == ("succeeded", 2, COST)
    assert job.files.filter(role=JobFile.Role.OUTPUT).count() == 1
    assert len(stored()) == 2, "what the first attempt had stored is gone"


# --- cancelled ------------------------------------------------------------------------------------
def test_a_cancelled_job_stops_within_a_second_of_sound(
    send: Send, caller: Caller, user: User, engine: Quieter, monkeypatch: Patch
) -> None:
    monkeypatch.setattr("audio_api.jobs.attempt.PROGRESS_SECONDS", 0.0)
    number = send(file=sent(content=noisy(30.0))).json()["id"]
    seen: list[int] = []

    def clean(blocks: Iterable[Samples], *, mode: Cleaning) -> Iterator[Samples]:
        for block in blocks:
            seen.append(len(block))
            if len(seen) == 3:
                caller.post(f"/denoiser/jobs/{number}/cancel", {})
            yield block

    monkeypatch.setattr(engine, "clean", clean)
    job = run(number)
    assert (job.status, spent(user), len(seen)) == ("cancelled", 0, 3)
    assert left_nothing_behind(job)


@pytest.mark.race
@pytest.mark.database
def test_a_cancellation_that_meets_the_end(send: Send, user: User, monkeypatch: Patch) -> None:
    """Either the job is paid and its file is there, or neither; whoever comes first."""
    job = Job.objects.get(number=send(file=sent()).json()["id"])
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
    assert (job.status, spent(user), outputs) in [("succeeded", COST, 1), ("cancelled", 0, 0)]
    assert len(stored()) == 1 + outputs
    assert wallet.balance(user).held_micros == 0


# --- what is remembered ---------------------------------------------------------------------------
def test_progress_is_the_part_that_is_done(send: Send, monkeypatch: Patch) -> None:
    seen: list[tuple[float, str]] = []
    monkeypatch.setattr(
        "audio_api.jobs.attempt.Attempt.alive",
        lambda self, *, progress=0.0, stage="": seen.append((progress, stage)),
    )
    assert run(send(file=sent(content=noisy(20.0))).json()["id"]).status == "succeeded"
    assert seen == sorted(seen, key=lambda told: told[0])
    assert max(progress for progress, stage in seen if stage == work.CLEANING) > 0.8


def test_what_was_asked_comes_out_of_the_database_as_it_went_in(send: Send, user: User) -> None:
    number = send(file=sent(), quality_mode="studio").json()["id"]
    before = DenoiseRequest.of(Job.objects.get(number=number).params)
    assert (before.quality_mode, before.seconds, before.made) == (Cleaning.STUDIO, 1.5, None)
    job = run(number)
    after = DenoiseRequest.of(job.params)
    assert after.made is not None
    assert (after.made.seconds, after.made.channels, after.made.is_video) == (1.5, 1, False)
    assert len(after.made.before) == len(after.made.after) == BARS
    assert max(after.made.before) == pytest.approx(10 * max(after.made.after), abs=0.01)
    assert "source_url" not in without_content(job)
    assert spent(user) == 1_000 < CREDIT


def test_the_quietest_parts_tell_how_much_was_taken_away() -> None:
    """A tone with pauses of noise: the pauses become 12 dB quieter, and the tone stays."""
    rng, rate = np.random.default_rng(3), 48_000
    noise = rng.normal(0, 0.001, (4 * rate, 2)).astype(np.float32)
    tone = np.sin(np.arange(4 * rate) / 20).astype(np.float32)[:, None] * 0.3
    speaks = (np.arange(4 * rate) // (rate // 2) % 2)[:, None].astype(np.float32)
    compared = Comparison(samples=4 * rate, rate=rate)
    for block in np.split(np.arange(4 * rate), [7, 50_000, 50_001]):
        compared.add((tone * speaks + noise)[block], (tone * speaks + noise / 4)[block])
    assert compared.noise_reduction_db() == pytest.approx(12.0, abs=0.1)
    before, after = compared.peaks()
    assert max(before) == pytest.approx(0.3, abs=0.01) == max(after)
    assert min(before) > 2 * min(after)


def test_what_was_silent_before_has_no_figure() -> None:
    compared = Comparison(samples=100, rate=48_000)
    compared.add(np.zeros((100, 1), np.float32), np.zeros((100, 1), np.float32))
    assert compared.noise_reduction_db() is None
