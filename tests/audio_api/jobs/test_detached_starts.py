"""Which jobs that no client waits for may start: repetitions, limits and numbers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from accounts.models import User
from audio_api.jobs import detached
from audio_api.jobs.attempt import Attempt
from audio_api.models import Job
from audio_api.models.job import NUMBERS, random_number
from audiopod.common.problem import Problem
from tests.audio_api.halves import CREDIT, Settings, spent
from tests.audio_api.jobs import toy
from tests.audio_api.jobs.toy import SECOND_MICROS, at_once, does, run, started
from wallet import services as wallet
from wallet.models import Hold

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("toys", "sent"),
]
Patch = pytest.MonkeyPatch


# --- Idempotency-Key ----------------------------------------------------------------------------
def test_the_same_request_again_gets_the_first_job(user: User, tmp_path: Path) -> None:
    first = started(user, toy.upload(tmp_path), key="k")
    assert started(user, toy.upload(tmp_path), key="k").pk == first.pk
    assert len(toy.stored()) == 1
    run(first)
    assert started(user, toy.upload(tmp_path), key="k").pk == first.pk
    assert spent(user) == SECOND_MICROS


def test_another_request_with_that_key_is_refused(user: User, tmp_path: Path) -> None:
    first = started(user, key="k")
    with pytest.raises(Problem) as refused:
        started(user, toy.upload(tmp_path), key="k", asked="another")
    assert (refused.value.status, toy.stored()) == (422, [])
    detached.cancel(first)


@pytest.mark.parametrize("affordable", [16, 1])
def test_sixteen_at_once_are_one_job_and_one_hold(
    user: User, tmp_path: Path, affordable: int
) -> None:
    """However little money there is: it is held once."""
    left = affordable * 10 * SECOND_MICROS
    wallet.adjust(
        user=user, amount_micros=left - CREDIT, reason="r", actor="command:t", idempotency_key="t"
    )
    uploads = [toy.upload(tmp_path) for _ in range(16)]
    outcomes = at_once([lambda one=one: started(user, one, key="k") for one in uploads])
    assert {getattr(outcome, "pk", outcome) for outcome in outcomes} == {Job.objects.get().pk}
    assert Hold.objects.count() == 1
    assert len(toy.stored()) == 1
    detached.cancel(Job.objects.get())


def test_the_place_of_the_last_job_is_no_obstacle_to_its_own_repetition(
    user: User, settings: Settings
) -> None:
    settings.MAX_DETACHED_JOBS = 1
    outcomes = at_once([lambda: started(user, key="k")] * 8)
    assert {getattr(outcome, "pk", outcome) for outcome in outcomes} == {Job.objects.get().pk}
    detached.cancel(Job.objects.get())


def test_a_key_of_a_job_that_failed_is_free_again(user: User, monkeypatch: Patch) -> None:
    def fail(attempt: Attempt) -> int:
        raise RuntimeError("broken")

    does(monkeypatch, fail)
    first = run(started(user, key="k"))
    does(monkeypatch, toy.one_second)
    assert run(started(user, key="k")).pk != first.pk
    assert spent(user) == SECOND_MICROS


# --- admission and numbers ----------------------------------------------------------------------
def test_an_account_has_so_many_open_jobs(user: User, settings: Settings, tmp_path: Path) -> None:
    settings.MAX_DETACHED_JOBS = 2
    outcomes = at_once([lambda: started(user)] * 6)
    assert Counter(type(outcome) for outcome in outcomes) == {Job: 2, Problem: 4}
    with pytest.raises(Problem) as refused:
        started(user, toy.upload(tmp_path))
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (429, "5")
    assert toy.stored() == []
    for job in Job.objects.all():
        detached.cancel(job)
    settings.MAX_DETACHED_JOBS = 0
    assert run(started(user)).status == "succeeded"


def test_the_files_of_an_account_have_so_much_room(
    user: User, settings: Settings, tmp_path: Path
) -> None:
    cancelled = started(user, toy.upload(tmp_path))
    detached.cancel(cancelled)
    settings.MAX_KEPT_BYTES = sum(file.bytes for file in cancelled.files.all())
    kept = toy.stored()

    with pytest.raises(Problem) as refused:
        started(user, toy.upload(tmp_path))

    assert (refused.value.status, refused.value.code) == (409, "files_limit_reached")
    assert (toy.stored(), wallet.balance(user).held_micros) == (kept, 0)
    detached.delete(cancelled)
    assert run(started(user, toy.upload(tmp_path))).status == "succeeded"


def test_numbers_are_exact_in_javascript_and_unlike() -> None:
    numbers = [random_number() for _ in range(2_000)]
    assert len(set(numbers)) == 2_000
    assert all(number in NUMBERS for number in numbers)
    assert max(numbers) < 2**53


def test_no_two_jobs_have_one_number(user: User) -> None:
    first = started(user)
    second = toy.prepared(user)
    second.number = first.number
    with pytest.raises(Exception, match=r"(?i)unique"):
        detached.start(second)
    assert Hold.objects.count() == 1
    detached.cancel(first)
