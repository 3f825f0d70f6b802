"""Many threads on one wallet, with real connections and real commits."""

from __future__ import annotations

import itertools
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connection
from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from tests.wallet.cast import fund, money_of, outlive, take_hold
from tests.wallet.living import Life, settle_down
from tests.wallet.machine.crash import rows
from tests.wallet.machine.invariants import broken
from wallet import services
from wallet.audit import audit
from wallet.models import Hold, JournalEntry, Wallet

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True), pytest.mark.race]

REFUSALS = (services.InsufficientBalance, services.HoldClosed, services.HoldConflict)

STORM_SECONDS = 5


Answer = TypeVar("Answer")


def at_once(calls: list[Callable[[], Answer]]) -> list[Answer | Exception]:
    """What each call returned or was refused with, all begun together in threads of their own."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Answer]) -> Answer | Exception:
        gate.wait()
        try:
            return call()
        except REFUSALS as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def states(outcomes: list[Hold | Exception]) -> Counter[str]:
    return Counter(
        outcome.state if isinstance(outcome, Hold) else type(outcome).__name__
        for outcome in outcomes
    )


@pytest.mark.parametrize("spare", [0, 999])
def test_forty_threads_spend_what_covers_eleven(user, spare):
    fund(user, 11_000 + spare)

    outcomes = at_once([lambda: take_hold(user, 1_000)] * 40)

    assert states(outcomes) == {"open": 11, "InsufficientBalance": 29}
    refusals = [o for o in outcomes if isinstance(o, services.InsufficientBalance)]
    assert all(r.available_micros < r.required_micros for r in refusals)
    assert money_of(user) == (11_000 + spare, 11_000)
    settled = at_once(
        [
            lambda job_id=hold.job_id: services.settle(job_id=job_id, amount_micros=1_000)
            for hold in outcomes
            if isinstance(hold, Hold)
        ]
    )
    assert states(settled) == {"settled": 11}
    assert money_of(user) == (spare, 0)
    assert audit().breaches == []


def test_one_job_from_eight_threads_holds_once(rich):
    job_id = uuid.uuid4()
    outcomes = at_once(
        [lambda: services.hold(user=rich, job_id=job_id, amount_micros=700, seconds=60)] * 8
    )
    assert len({hold.pk for hold in outcomes}) == 1
    assert money_of(rich) == (1_000_000, 700)


def test_one_job_with_eight_amounts_holds_once(rich):
    job_id = uuid.uuid4()
    outcomes = at_once(
        [
            lambda amount=amount: services.hold(
                user=rich, job_id=job_id, amount_micros=amount, seconds=60
            )
            for amount in range(1, 9)
        ]
    )
    assert states(outcomes) == {"open": 1, "HoldConflict": 7}
    assert money_of(rich) == (1_000_000, Hold.objects.get().amount_micros)


def test_a_job_settled_from_eight_threads_is_charged_once(rich):
    hold = take_hold(rich, 700)
    outcomes = at_once(
        [lambda: services.settle(job_id=hold.job_id, amount_micros=600, request_id="r")] * 8
    )
    assert [outcome.settled_micros for outcome in outcomes] == [600] * 8
    assert money_of(rich) == (999_400, 0)
    assert JournalEntry.objects.filter(kind="settlement").count() == 1
    assert audit().breaches == []


def test_settle_release_and_expire_race_for_one_hold(rich):
    for _ in range(10):
        before, _held = money_of(rich)
        hold = take_hold(rich, 700)
        outlive(hold)
        job_id = hold.job_id
        at_once(
            [
                lambda job_id=job_id: services.settle(job_id=job_id, amount_micros=700),
                lambda job_id=job_id: services.release(job_id=job_id),
                lambda job_id=job_id: services.expire(job_id=job_id),
            ]
        )
        state = Hold.objects.get(pk=hold.pk).state
        charged = 700 if state == "settled" else 0
        assert state != "open"
        assert money_of(rich) == (before - charged, 0)
    assert audit().breaches == []


def test_a_hold_is_lowered_while_it_is_settled_and_released(rich):
    for _ in range(10):
        before, _held = money_of(rich)
        job_id = take_hold(rich, 700).job_id
        at_once(
            [
                lambda job_id=job_id: services.lower(job_id=job_id, amount_micros=500),
                lambda job_id=job_id: services.lower(job_id=job_id, amount_micros=400),
                lambda job_id=job_id: services.settle(job_id=job_id, amount_micros=300),
                lambda job_id=job_id: services.release(job_id=job_id),
            ]
        )
        state = Hold.objects.get(job_id=job_id).state
        assert state != "open"
        assert money_of(rich) == (before - (300 if state == "settled" else 0), 0)
    assert audit().breaches == []


def test_the_first_credits_of_an_account_meet(user):
    at_once([lambda: fund(user, 5)] * 8)
    assert money_of(user) == (40, 0)
    assert audit().breaches == []


def test_one_grant_from_eight_threads_books_once(user):
    given = {"user": user, "amount_micros": 5, "reason": "r", "actor": "a"}
    entries = at_once([lambda: services.grant(**given, idempotency_key="k")] * 8)
    assert len({entry.pk for entry in entries}) == 1
    assert money_of(user) == (5, 0)


@pytest.mark.slow
@pytest.mark.parametrize("accounts", [1, pytest.param(4, marks=pytest.mark.thorough)])
def test_a_storm_leaves_every_wallet_whole(accounts):
    """Sixteen threads do everything at random, audited meanwhile and after."""
    settle_down(accounts)
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    over = threading.Event()

    with ThreadPoolExecutor(1) as auditor:
        audits = auditor.submit(_audit_until, over)
        lives = at_once([lambda n=n: _live(seed + n) for n in range(16)])
        over.set()
        snapshots, breaches = audits.result()

    done = sum(lives, Counter())
    assert breaches == []
    assert snapshots > 0
    print(sorted(done.items()))
    assert min(done["hold"], done["settle"], done["credit"]) > 0, done
    assert broken(rows()) == [str(breach) for breach in audit().breaches] == []
    for hold in Hold.objects.open():
        services.release(job_id=hold.job_id)
    assert set(Wallet.objects.values_list("held_micros", flat=True)) == {0}
    assert broken(rows()) == [str(breach) for breach in audit().breaches] == []


def _live(seed: int) -> Counter[str]:
    life, over = Life(seed), time.monotonic() + STORM_SECONDS
    while time.monotonic() < over:
        life.step()
    return life.done


def _audit_until(over: threading.Event) -> tuple[int, list[str]]:
    """How many snapshots were audited, and the breaches that they showed."""
    breaches: list[str] = []
    for snapshots in itertools.count(1):
        breaches += map(str, audit().breaches)
        connection.close()
        if over.wait(0.2):
            return snapshots, breaches
    raise AssertionError


def test_who_checks_and_then_acts_overspends(user):
    """The control: what all the others are spared."""
    fund(user, 1_000)
    both_have_checked = threading.Barrier(2, timeout=20)

    def naive() -> Hold | None:
        held = Hold.objects.open().aggregate(total=Coalesce(Sum("amount_micros"), 0))["total"]
        if Wallet.objects.get(pk=user.pk).posted_micros - held < 1_000:
            return None
        both_have_checked.wait()
        return Hold.objects.create(
            user=user, job_id=uuid.uuid4(), amount_micros=1_000, expires_at=timezone.now()
        )

    at_once([naive] * 2)

    taken = Hold.objects.aggregate(total=Sum("amount_micros"))["total"]
    assert taken == 2_000
