"""Room in the queue and among the jobs of a key: nothing is held for who finds none."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts.models import ApiKey, User
from accounts.services import create_api_key
from audio_api.jobs import admission, start
from audio_api.models import Job
from audiopod.common.problem import Problem
from tests.wallet.cast import fund, money_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]

CREDIT_MICROS = 50_000_000


@pytest.fixture(autouse=True)
def looked_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "_queue", admission._Queue())


@pytest.fixture(autouse=True)
def nobody_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "enqueue", lambda job: None)


@pytest.fixture
def key() -> ApiKey:
    user = User.objects.create_user(f"{uuid.uuid4().hex}@example.com")
    fund(user, CREDIT_MICROS)
    return create_api_key(user=user, name="test")[0]


def job_of(key: ApiKey, **fields: Any) -> Job:
    plain = {
        "kind": "speech",
        "model": "tts-1",
        "queue_deadline": timezone.now() + timedelta(minutes=1),
        "price_micros_per_minute": 40_000,
        "held_micros": 1,
    }
    return Job(**({"user": key.user, "api_key": key} | plain | fields))


def refusal_of(key: ApiKey, *, may_be_long: bool = False) -> Problem | None:
    try:
        admission.expect_room(key, may_be_long=may_be_long)
    except Problem as problem:
        return problem
    return None


def try_to_start(key: ApiKey) -> Job | Problem:
    try:
        return start.start(job_of(key))
    except Problem as problem:
        return problem


# --- of one key ---------------------------------------------------------------------------------
def test_a_key_has_so_many_jobs_at_a_time(key: ApiKey, settings: Settings) -> None:
    settings.MAX_CONCURRENT_JOBS = 2
    first, second = (job_of(key, status=status) for status in Job.OPEN)
    first.save()
    assert refusal_of(key) is None
    second.save()
    refusal = refusal_of(key)
    assert refusal is not None
    assert (refusal.status, refusal.code, refusal.type) == (429, "rate_limit_exceeded", "requests")
    assert refusal.headers["Retry-After"] == "1"

    Job.objects.filter(pk=first.pk).update(status=Job.Status.SUCCEEDED)
    assert refusal_of(key) is None, "what is done makes room"


def test_keys_are_counted_apart(key: ApiKey, settings: Settings) -> None:
    settings.MAX_CONCURRENT_JOBS = 1
    job_of(key).save()
    other, _ = create_api_key(user=key.user, name="other")
    assert refusal_of(key)
    assert refusal_of(other) is None


def test_the_playground_of_an_account_is_counted_like_one_more_key(
    key: ApiKey, settings: Settings
) -> None:
    settings.MAX_CONCURRENT_JOBS = 1
    job_of(key, status=Job.Status.RUNNING).save()
    playground = {"api_key": None}
    start.start(job_of(key, **playground))
    with pytest.raises(Problem, match="for the playground") as early:
        admission.expect_room(key.user, may_be_long=False)
    assert early.value.status == 429
    with pytest.raises(Problem, match="for the playground"):
        start.start(job_of(key, **playground))
    assert money_of(key.user) == (CREDIT_MICROS, 1), "only the first of them holds any"
    stranger = User.objects.create_user(f"{uuid.uuid4().hex}@example.com")
    admission.expect_room(stranger, may_be_long=False)


@pytest.mark.parametrize(
    ("own", "everybody_s", "full"), [(1, 9, True), (0, 1, False), (None, 0, False)]
)
def test_a_key_s_own_limit_goes_before_everybody_s(
    key: ApiKey, settings: Settings, own: int | None, everybody_s: int, full: bool
) -> None:
    settings.MAX_CONCURRENT_JOBS = everybody_s
    key.max_concurrent_jobs = own
    job_of(key).save()
    assert bool(refusal_of(key)) is full


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_sixteen_at_once_find_five_places(key: ApiKey) -> None:
    key.max_concurrent_jobs = 5
    together = threading.Barrier(16)

    def run(_: int) -> str:
        together.wait()
        try:
            outcome = try_to_start(key)
        finally:
            connection.close()
        return "started" if isinstance(outcome, Job) else str(outcome.status)

    with ThreadPoolExecutor(16) as pool:
        outcomes = Counter(pool.map(run, range(16)))

    assert outcomes == {"started": 5, "429": 11}
    assert Job.objects.open().filter(api_key=key).count() == 5
    held = sum(Job.objects.filter(api_key=key).values_list("held_micros", flat=True))
    assert money_of(key.user) == (CREDIT_MICROS, held), "who was refused has nothing held"


# --- of the queue -------------------------------------------------------------------------------
def test_a_full_queue_is_told_before_anything_is_held(key: ApiKey, settings: Settings) -> None:
    settings.MAX_QUEUED_JOBS = 1
    job_of(key).save()
    outcome = try_to_start(key)
    assert isinstance(outcome, Problem)
    assert (outcome.status, outcome.code, outcome.type) == (503, "overloaded", "server_error")
    assert outcome.headers["x-should-retry"] == "true"
    assert int(outcome.headers["Retry-After"]) > 0
    assert money_of(key.user) == (CREDIT_MICROS, 0)
    assert Job.objects.count() == 1
    early = refusal_of(key)
    assert early is not None
    assert early.status == 503


def test_running_jobs_wait_for_nobody(key: ApiKey, settings: Settings) -> None:
    settings.MAX_QUEUED_JOBS = 1
    job_of(key, status=Job.Status.RUNNING).save()
    assert refusal_of(key) is None


def test_short_and_long_ones_have_a_queue_each(key: ApiKey, settings: Settings) -> None:
    settings.MAX_QUEUED_JOBS, settings.BATCH_FROM_SECONDS = 1, 60
    job_of(key, kind="transcription", params={"seconds": 61.5}).save()
    assert refusal_of(key) is None, "a long one does not stand in the way of a short one"
    with pytest.raises(Problem):
        admission.admit(job_of(key, params={"seconds": 300.0}))
    admission.admit(job_of(key, params={"seconds": 60}))
    assert refusal_of(key, may_be_long=True), "now there is room in neither"


def test_an_upload_that_may_be_long_is_let_in_while_there_is_room_for_it(
    key: ApiKey, settings: Settings
) -> None:
    settings.MAX_QUEUED_JOBS = 1
    job_of(key).save()
    assert refusal_of(key, may_be_long=False)
    assert refusal_of(key, may_be_long=True) is None


def test_a_burst_within_one_glance_is_counted(
    key: ApiKey, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue is looked at twice a second; what is let in meanwhile is not forgotten."""
    monkeypatch.setattr(admission, "GLANCE_SECONDS", 60.0)
    settings.MAX_QUEUED_JOBS = 3
    outcomes = [isinstance(try_to_start(key), Job) for _ in range(5)]
    assert outcomes == [True, True, True, False, False]


def test_the_queue_is_not_counted_for_every_request(
    key: ApiKey, django_assert_num_queries: Any
) -> None:
    refusal_of(key)
    with django_assert_num_queries(1):  # the key's own jobs
        refusal_of(key)


def test_no_limit_means_none(key: ApiKey, settings: Settings) -> None:
    settings.MAX_QUEUED_JOBS = 0
    job_of(key).save()
    assert refusal_of(key) is None
