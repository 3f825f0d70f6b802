"""Jobs: their state and their money are one transaction."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from audio_api.jobs import settlement
from audio_api.jobs import start as front
from audio_api.jobs.leases import LeaseLost
from audio_api.models import Job
from audio_api.services.speech.params import SpeechRequest
from audio_api.services.speech.price import prepare_speech
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


def _prepared(user: User) -> Job:
    fund(user, 1_000_000)
    return prepare_speech(front.Caller(user, None, "req_1"), SPEECH)


def _running(user: User) -> Job:
    job = _prepared(user)
    front._hold_and_save(job)
    assert Job.objects.claim(job.pk, lease=timedelta(seconds=60)) == 1
    job.refresh_from_db()
    return job
