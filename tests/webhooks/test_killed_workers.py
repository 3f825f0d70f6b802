"""Real processes that send, to real receivers, killed by `kill -9` in the middle of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from tests.harness import receiver as behaving
from tests.harness.programs import ROOT, wait_until
from tests.harness.receiver import EventReceiver
from tests.wallet.test_processes import url
from tests.webhooks.cast import tell
from tests.webhooks.conftest import Open, make
from webhooks import claims
from webhooks.models import Attempt, Delivery, Receiver

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("rung"),
    pytest.mark.slow,
]

TOTAL_SECONDS = 60
LEASE_SECONDS = 600
"""No lease runs out by itself, however slow this machine is: `leases_run_out` says when."""


@contextmanager
def sender() -> Iterator[subprocess.Popen[bytes]]:
    """A process that sends from the database of the test. It is killed at the end at the latest."""
    env = os.environ | {
        "DATABASE_URL": url(),
        "DJANGO_SETTINGS_MODULE": "audiopod.settings",
        "REDIS_URL": "",
        "SECRET_KEY": settings.SECRET_KEY,
        "WEBHOOK_ALLOW": "127.0.0.0/8",
        "WEBHOOK_WORKERS": "4",
    }
    command = [sys.executable, "-m", "tests.webhooks.sender"]
    command += [str(LEASE_SECONDS), str(TOTAL_SECONDS)]
    with subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def tell_of(user: User, count: int) -> list[str]:
    """So many jobs end; the ids of the events in this order."""
    with transaction.atomic():
        return [tell(user, job=number)[0].event_id for number in range(1, count + 1)]


def leases_run_out() -> None:
    """Those of whoever is dead."""
    now = timezone.now()
    Delivery.objects.filter(lease_until__isnull=False).update(lease_until=now, next_attempt_at=now)


def all_written_down() -> bool:
    return not Delivery.objects.exclude(status="delivered").exists()


@pytest.mark.race
@pytest.mark.parametrize(
    ("count", "kills"), [(300, 1), pytest.param(10_000, 3, marks=pytest.mark.thorough)]
)
@pytest.mark.timeout(900)
def test_no_event_is_lost_with_a_worker_that_is_killed(
    user: User, receiver: EventReceiver, opened: Open, count: int, kills: int
) -> None:
    make(user, receiver)
    ids = tell_of(user, count)
    for kill in range(1, kills + 1):
        with sender():
            part = count * kill // (kills + 1)
            receiver.wait_for(lambda events, part=part: len(events) > part, seconds=600)
        leases_run_out()
    with sender():
        receiver.wait_for(lambda events: len(receiver.ids()) == count, seconds=600)
        wait_until(all_written_down, seconds=60, what="each delivery is written down")

    assert receiver.ids() == set(ids)
    assert not receiver.forged
    # what was under way when a worker died came twice, and nothing else
    assert len(receiver.events) - count <= kills * claims.MAX_UNDER_WAY
    in_order = sorted(receiver.events, key=lambda event: event.body["created_at"])
    assert list(dict.fromkeys(event.id for event in in_order)) == ids, "each tells when it was"


def test_a_receiver_that_hangs_does_not_delay_another_one(
    user: User, stranger: User, opened: Open
) -> None:
    dead, live = opened(behaving.hangs), opened()
    make(user, dead)
    make(stranger, live)
    tell_of(user, 200)
    with sender():
        dead.wait_for(bool, seconds=120)
        # one after the other: each needs a thread that is free
        for number in range(1, 31):
            tell(stranger, job=number)
            live.wait_for(lambda events, number=number: len(events) == number, seconds=120)
        # a minute is the patience with each: the live one has it all before that is over
        assert not Attempt.objects.filter(delivery__user=user).exists()
    assert len(dead.events) <= claims.MAX_UNDER_WAY


def test_many_that_are_slow_take_no_thread_from_the_quick(
    user: User, stranger: User, opened: Open
) -> None:
    live = opened()
    slow = [opened(behaving.hangs) for _ in range(6)]
    for each in slow:
        make(user, each)
    make(stranger, live)
    Receiver.objects.filter(user=user).update(is_slow=True)
    for _ in range(10):
        tell(user)
    with sender():
        wait_until(
            lambda: sum(len(each.events) for each in slow) >= 4,
            seconds=60,
            what="they hold all threads for the slow",
        )
        for number in range(1, 31):
            tell(stranger, job=number)
            live.wait_for(lambda events, number=number: len(events) == number, seconds=120)
        assert not Attempt.objects.filter(delivery__user=user).exists()


@pytest.mark.race
def test_two_workers_at_once_send_nothing_twice(user: User, receiver: EventReceiver) -> None:
    make(user, receiver)
    ids = tell_of(user, 200)
    with sender(), sender():
        receiver.wait_for(lambda events: len(receiver.ids()) == len(ids), seconds=120)
        wait_until(all_written_down, seconds=60, what="each delivery is written down")
    assert len(receiver.events) == len(ids)
