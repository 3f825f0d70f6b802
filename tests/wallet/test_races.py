"""Many threads on one wallet, with real connections and real commits."""

from __future__ import annotations

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from tests.wallet.cast import adjust, fund, money_of, outlive, take_hold
from wallet import services
from wallet.audit import audit
from wallet.models import Hold, JournalEntry, Wallet

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

REFUSALS = (services.InsufficientBalance, services.HoldClosed, services.HoldConflict)


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
def test_a_storm_leaves_every_wallet_whole(user, stranger):
    """Eight threads do everything at random on two accounts, audited meanwhile and after."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    for account in (user, stranger):
        fund(account, 20_000)

    outcomes = at_once([lambda n=n: _live(seed + n, [user, stranger]) for n in range(8)])

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert audit().breaches == []
    for hold in Hold.objects.open():
        services.release(job_id=hold.job_id)
    assert list(Wallet.objects.values_list("held_micros", flat=True)) == [0, 0]
    assert audit().breaches == []


def _live(seed: int, accounts: list[User], *, steps: int = 40) -> int:
    chance = random.Random(seed)
    mine: list[uuid.UUID] = []
    for _ in range(steps):
        account = chance.choice(accounts)
        try:
            _step(chance, account, mine)
        except REFUSALS:
            continue
    assert audit().breaches == []
    return steps


def _step(chance: random.Random, account: User, mine: list[uuid.UUID]) -> None:
    job_id = chance.choice(mine) if mine else uuid.uuid4()
    what = chance.choice(["hold", "hold", "settle", "settle", "release", "expire", "adjust"])
    if what == "hold" or not mine:
        mine.append(take_hold(account, chance.randint(1, 5_000)).job_id)
    elif what == "settle":
        amount = Hold.objects.get(job_id=job_id).amount_micros
        services.settle(job_id=job_id, amount_micros=chance.randint(0, amount))
    elif what == "release":
        services.release(job_id=job_id)
    elif what == "expire":
        tomorrow = timezone.now() + timedelta(days=1)
        services.expire(job_id=job_id, now=tomorrow)
    else:
        adjust(account, chance.choice([-3_000, -500, 500, 3_000]))
