"""Jobs: their state and their money are one transaction."""

from __future__ import annotations

import uuid
from datetime import timedelta
from unittest import mock

from django.utils import timezone

from accounts.models import User
from audio_api.jobs import detached, files, settlement
from audio_api.jobs import start as front
from audio_api.jobs.leases import LeaseLost
from audio_api.models import Job, JobFile
from audio_api.services.speech.params import SpeechRequest
from audio_api.services.speech.price import prepare_speech
from audiopod.common.problem import Problem
from tests.wallet.cast import fund
from tests.wallet.machine.scenario import Call, scenario

MINUTE_MS = 60_000
SPEECH = SpeechRequest(
    model="tts-1", text="hello", voice_name="nova", engine="double", engine_voice="nova",
    language="en-US", response_format="pcm", speed=1.0, instructions="",
)  # fmt: skip


@scenario(again=Exception)
def start_a_job(user: User) -> Call:
    job = _prepared(user)
    return lambda: front._hold_and_save(job)


@scenario(again=LeaseLost)
def job_succeeds(user: User) -> Call:
    job = _running(user)
    return lambda: settlement.succeed(job, 1, audio_ms=1_000).cost_micros


@scenario(again=LeaseLost)
def job_costs_more_than_its_hold(user: User) -> Call:
    job = _running(user)
    return lambda: settlement.succeed(job, 1, audio_ms=10 * MINUTE_MS).cost_micros


@scenario(again=LeaseLost)
def job_is_cancelled(user: User) -> Call:
    job = _running(user)
    return lambda: settlement.cancel(job, 1, audio_ms=200).cost_micros


@scenario(again=LeaseLost)
def job_fails(user: User) -> Call:
    job = _running(user)
    return lambda: settlement.fail(job, 1, code="engine_error", message="m").cost_micros


@scenario(again=AssertionError)
def job_is_given_up(user: User) -> Call:
    job = _running(user)
    tomorrow = timezone.now() + timedelta(days=1)

    def give_up() -> None:
        assert settlement.give_up(job, now=tomorrow, code="worker_lost", message="m")

    return give_up


# --- jobs that no client waits for ---------------------------------------------------------------
@scenario(again=Exception)
def start_a_detached_job(user: User) -> Call:
    job = _detached(user)
    rows = [_file(job, JobFile.Role.UPLOAD, name) for name in ("one", "two")]
    return lambda: detached._hold_and_save(job, rows)


@scenario(again=LeaseLost)
def detached_job_succeeds(user: User) -> Call:
    job = _running_detached(user)

    def succeed() -> int:
        outputs = [_file(job, JobFile.Role.OUTPUT, name) for name in ("vocals", "drums")]
        return settlement.succeed(job, 1, audio_ms=1_000, outputs=outputs).cost_micros

    return succeed


@scenario()
def detached_job_holds_less(user: User) -> Call:
    job = _running_detached(user)

    def hold_less() -> None:
        found = Job.objects.get(pk=job.pk)
        settlement.hold_less(found, 1, most_ms=1_000, params=found.params)

    return hold_less


@scenario(again=AssertionError)
def detached_job_is_cancelled(user: User) -> Call:
    job = _running_detached(user)

    def cancel() -> None:
        assert detached.cancel(job)

    return cancel


@scenario(again=Problem)
def detached_job_is_run_again(user: User) -> Call:
    job = _running_detached(user)
    settlement.fail(job, 1, code="engine_error", message="m")
    job.refresh_from_db()
    new_id = uuid.uuid4()

    def retry() -> int | None:
        with (
            mock.patch.object(detached, "_enqueue"),
            mock.patch.object(detached.uuid, "uuid4", return_value=new_id),
        ):
            return detached.retry(job, request_id="req_2").number

    return retry


@scenario()
def files_of_a_job_are_erased(user: User) -> Call:
    job = _running_detached(user)
    output = _file(job, JobFile.Role.OUTPUT, "audio")
    settlement.succeed(job, 1, audio_ms=1_000, outputs=[output])
    job.refresh_from_db()
    return lambda: files.erase(job)


def _detached(user: User) -> Job:
    fund(user, 1_000_000)
    caller = front.Caller(user, None, "req_1")
    return detached.prepare(caller, "speech", SPEECH, 40_000, MINUTE_MS, display_name="hello")


def _running_detached(user: User) -> Job:
    job = _detached(user)
    detached._hold_and_save(job, [_file(job, JobFile.Role.UPLOAD, "upload")])
    assert Job.objects.claim(job.pk, lease=timedelta(seconds=60)) == 1
    job.refresh_from_db()
    return job


def _file(job: Job, role: JobFile.Role, name: str) -> JobFile:
    """A row; its file was kept before, and is no matter here."""
    path = f"{files.FOLDER}/{job.pk}-{role}-{name}"
    return JobFile(
        job=job, role=role, name=name, file_name="f", path=path, content_type="a/b", bytes=1
    )


def _prepared(user: User) -> Job:
    fund(user, 1_000_000)
    return prepare_speech(front.Caller(user, None, "req_1"), SPEECH)


def _running(user: User) -> Job:
    job = _prepared(user)
    front._hold_and_save(job)
    assert Job.objects.claim(job.pk, lease=timedelta(seconds=60)) == 1
    job.refresh_from_db()
    return job
