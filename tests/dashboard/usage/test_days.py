"""The days of usage say what the jobs say, however each of them ended."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.services import create_api_key
from audio_api.jobs import settlement, start
from audio_api.jobs.audit import days_say_what_jobs_say
from audio_api.jobs.days import taken_ms
from audio_api.jobs.leases import LeaseLost
from audio_api.jobs.start import Caller
from audio_api.models import Job, UsageDay
from audio_api.services.speech.params import SpeechRequest
from audio_api.services.speech.price import prepare_speech
from tests.clock import at
from tests.wallet.test_races import at_once
from wallet import pricing

pytestmark = [pytest.mark.database, pytest.mark.django_db]

LEASE = timedelta(seconds=60)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ADD_UP = importlib.import_module("audio_api.migrations.0004_add_up_usage").add_up


def started(user: User, *, key: ApiKey | None = None, voice: str = "nova") -> Job:
    asked = SpeechRequest(
        model="tts-1", text="hello", voice_name=voice, engine="double", engine_voice="nova",
        language="en-US", response_format="pcm", speed=1.0, instructions="",
    )  # fmt: skip
    return start.start(prepare_speech(Caller(user, key, "req_1"), asked))


def running(user: User, **how: Any) -> Job:
    job = started(user, **how)
    assert Job.objects.claim(job.id, lease=LEASE) == 1
    job.refresh_from_db()
    return job


def refuse(user: User) -> None:
    settlement.refuse(started(user), code="queue_unavailable", message="m")


def give_up(user: User) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    settlement.give_up(running(user), now=tomorrow, code="worker_lost", message="m")


WAYS: dict[str, tuple[Callable[[User], Any], tuple[int, ...]]] = {
    # requests, failed, cancelled, milliseconds, micro-dollars
    "succeed": (lambda u: settlement.succeed(running(u), 1, audio_ms=900), (1, 0, 0, 900, 300)),
    "cancel": (lambda u: settlement.cancel(running(u), 1, audio_ms=300), (1, 0, 1, 300, 100)),
    "leave at once": (lambda u: settlement.cancel(running(u), 1, audio_ms=0), (1, 0, 1, 0, 0)),
    "fail": (lambda u: settlement.fail(running(u), 1, code="c", message="m"), (1, 1, 0, 0, 0)),
    "abandon": (lambda u: settlement.abandon(running(u), code="c", message="m"), (1, 1, 0, 0, 0)),
    "give up": (give_up, (1, 1, 0, 0, 0)),
    "refuse": (refuse, (1, 1, 0, 0, 0)),
}
COUNTS = ("requests", "failed", "cancelled", "audio_ms", "cost_micros")


@pytest.fixture(autouse=True)
def _price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pricing, "price_now", lambda service: 20_000)


@pytest.mark.parametrize("way", WAYS)
def test_a_job_counts_however_it_ends(user: User, way: str) -> None:
    end, counts = WAYS[way]

    end(user)

    day = UsageDay.objects.get(user=user)
    assert (day.api_key, day.kind, day.voice_name) == (None, "speech", "nova")
    assert day.day == Job.objects.get().finished_at.date()
    assert tuple(getattr(day, name) for name in COUNTS) == counts


def test_an_open_job_does_not_count(user: User) -> None:
    started(user)
    running(user)
    assert not UsageDay.objects.exists()


def test_jobs_of_one_key_and_voice_add_up_on_the_day_on_which_they_end(user: User) -> None:
    key, _ = create_api_key(user=user, name="CI")
    with at(NOON):
        early = running(user, key=key)
    for moment in (NOON, NOON + timedelta(seconds=2)):
        with at(moment):
            settlement.succeed(running(user, key=key), 1, audio_ms=900)
            settlement.succeed(running(user, key=key, voice="alloy"), 1, audio_ms=900)
            settlement.succeed(running(user), 1, audio_ms=900)
    with at(NOON + timedelta(hours=12)):
        Job.objects.filter(pk=early.pk).update(lease_until=NOON + timedelta(days=1))
        settlement.succeed(early, 1, audio_ms=60)

    rows = UsageDay.objects.order_by("day", "api_key", "voice_name")
    found = {(row.day.day, row.api_key_id, row.voice_name): row for row in rows}
    assert {place: (row.requests, row.taken_ms) for place, row in found.items()} == {
        (20, None, "nova"): (2, 0),
        (20, key.pk, "alloy"): (2, 0),
        (20, key.pk, "nova"): (2, 0),
        (21, key.pk, "nova"): (1, 12 * 3600 * 1000),
    }


def test_who_comes_too_late_counts_nothing(user: User) -> None:
    """A job ends once, and so it counts once."""
    job = running(user)
    settlement.succeed(job, 1, audio_ms=900)

    with pytest.raises(LeaseLost):
        settlement.cancel(job, 1, audio_ms=900)
    assert not settlement.abandon(job, code="c", message="m")
    assert not settlement.refuse(job, code="c", message="m")

    assert UsageDay.objects.get().requests == 1


def test_time_that_two_clocks_turn_round_is_none() -> None:
    assert taken_ms(NOON, NOON + timedelta(microseconds=1_999)) == 1
    assert taken_ms(NOON, NOON - timedelta(seconds=1)) == 0


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_the_first_jobs_of_a_day_end_at_once(user: User) -> None:
    jobs = [running(user) for _ in range(8)]

    at_once([lambda job=job: settlement.succeed(job, 1, audio_ms=300) for job in jobs])

    day = UsageDay.objects.get()
    assert (day.requests, day.cost_micros) == (8, 800)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_jobs_whose_holds_are_gone_end_at_once(user: User) -> None:
    """The wallet is not locked then, so only the day itself keeps them apart."""
    jobs = [running(user) for _ in range(8)]
    for job in jobs:
        start.wallet.release(job_id=job.id)

    at_once([lambda job=job: settlement.fail(job, 1, code="c", message="m") for job in jobs])

    assert UsageDay.objects.get().failed == 8


# --- from the jobs of old -------------------------------------------------------------------------
def everything() -> list[dict[str, Any]]:
    rows = UsageDay.objects.order_by("day", "api_key", "kind", "voice_name")
    return [{n: v for n, v in row.items() if n != "id"} for row in rows.values()]


def test_the_migration_adds_up_what_jobs_recorded(user: User) -> None:
    key, _ = create_api_key(user=user, name="CI")
    still_open = []
    for days, of in [(0, None), (0, key), (1, key), (40, None)]:
        with at(NOON - timedelta(days=days)):
            still_open.append(running(user, key=of))
            for end, _counts in WAYS.values():
                end(user)
            settlement.succeed(running(user, key=of, voice="alloy"), 1, audio_ms=1_234)
    recorded = everything()
    assert len(recorded) >= 6

    ADD_UP(apps, None)
    assert everything() == recorded, "once more, it changes nothing"
    UsageDay.objects.all().delete()
    ADD_UP(apps, None)
    assert everything() == recorded
    for job in still_open:
        settlement.abandon(job, code="c", message="m")


# --- the audit ------------------------------------------------------------------------------------
def breaches(user: User | None = None) -> list[str]:
    return [str(breach) for breach in days_say_what_jobs_say(user)]


@pytest.fixture
def used(user: User) -> User:
    with at(NOON):
        settlement.succeed(running(user), 1, audio_ms=900)
        settlement.fail(running(user), 1, code="c", message="m")
    return user


@pytest.mark.parametrize("name", COUNTS)
def test_the_audit_notices_a_count_that_is_wrong(used: User, name: str) -> None:
    day = UsageDay.objects.get()
    before = getattr(day, name)
    UsageDay.objects.update(**{name: before + 1})
    assert len(breaches()) == len(breaches(used)) == 1
    assert f"{name} {before + 1}" in breaches()[0]
    UsageDay.objects.update(**{name: before})


def test_the_audit_notices_a_day_that_is_gone_or_of_another_key(used: User) -> None:
    key, _ = create_api_key(user=used, name="CI")
    day = UsageDay.objects.get()
    UsageDay.objects.update(api_key=key)
    assert [line.split(":")[0] for line in breaches()] == ["usage-day"] * 2
    UsageDay.objects.all().delete()
    assert breaches() == [
        f"usage-day: account {used.pk} on 2026-11-20, key None, speech nova: requests 0, failed 0,"
        " cancelled 0, audio_ms 0, cost_micros 0; its jobs: requests 2, failed 1, cancelled 0,"
        " audio_ms 900, cost_micros 300"
    ]
    day.save(force_insert=True)
    assert breaches() == []
