"""The thread that recharges, warns and reconciles: each in its turn, none in another's way."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from tests.harness.programs import ROOT, wait_until
from wallet import auto_recharge, billing, mails, reconcile

Calls = list[str]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What was called, instead of doing it."""
    cache.clear()
    done: Calls = []
    monkeypatch.setattr("django.conf.settings.STRIPE_SECRET_KEY", "sk_test_x")
    monkeypatch.setattr(auto_recharge, "run_due", lambda: done.append("recharge"))
    monkeypatch.setattr(mails, "send_low_balance_warnings", lambda: done.append("warn"))
    monkeypatch.setattr(reconcile, "quietly", lambda *, since: done.append("reconcile"))
    return done


def test_a_round_recharges_first_then_warns_then_reconciles(calls):
    billing.bill()
    assert calls == ["recharge", "warn", "reconcile"]


def test_it_reconciles_once_in_a_while_whoever_comes(calls, settings):
    settings.RECONCILE_SECONDS = 600
    for _ in range(3):
        billing.bill()
    assert calls.count("reconcile") == 1
    assert calls.count("recharge") == 3
    cache.clear()  # ten minutes later
    billing.bill()
    assert calls.count("reconcile") == 2


def test_it_looks_back_over_more_than_a_day(calls, monkeypatch):
    moments = []
    monkeypatch.setattr(reconcile, "quietly", lambda *, since: moments.append(since))
    billing.bill()
    assert timezone.now() - moments[0] > timedelta(hours=25)


def test_it_never_reconciles_when_told_so_or_without_a_provider(calls, settings):
    settings.RECONCILE_SECONDS = 0
    billing.bill()
    settings.RECONCILE_SECONDS = 600
    settings.STRIPE_SECRET_KEY = ""
    billing.bill()
    assert "reconcile" not in calls


def test_what_fails_keeps_nothing_else_from_being_done(calls, monkeypatch, caplog):
    def fail() -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(auto_recharge, "run_due", fail)
    monkeypatch.setattr(mails, "send_low_balance_warnings", fail)
    billing.bill()
    assert calls == ["reconcile"]
    assert caplog.text.count("RuntimeError: out of order") == 2


def test_the_thread_goes_on_until_it_is_stopped(calls, settings):
    settings.BILLING_SECONDS = 0.01
    thread = billing.rounds()
    thread.start()
    wait_until(lambda: calls.count("recharge") >= 3, seconds=10, what="three rounds")
    thread.stop()
    rounds = len(calls)
    time.sleep(0.05)
    assert len(calls) == rounds


def test_it_can_be_stopped_before_it_was_started():
    billing.rounds().stop()


BOOTED = """
import django
django.setup()
import threading
from audio_api.process import boot
boot.start_sweeping()
print(sorted(thread.name for thread in threading.enumerate()))
boot.stop()
print(sorted(thread.name for thread in threading.enumerate()))
"""


def test_whoever_sweeps_bills(tmp_path):
    """A web process with workers inside, and a worker process: both start what `boot` starts."""
    done = subprocess.run(
        [sys.executable, "-c", BOOTED],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "audiopod.settings", "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    started, stopped = done.stdout.splitlines()
    assert "'billing'" in started
    assert "'sweeper'" in started
    assert stopped == "['MainThread']"
