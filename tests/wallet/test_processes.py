"""Processes that do everything at random, killed by `kill -9` in the middle of it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.utils import timezone

from tests.harness.programs import ROOT
from tests.wallet.living import settle_down
from tests.wallet.machine.crash import rows
from tests.wallet.machine.invariants import broken
from wallet import services
from wallet.audit import audit
from wallet.models import Hold, Wallet

pytestmark = [
    pytest.mark.database,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.race,
]

SECONDS = 8


def url() -> str:
    """DATABASE_URL of the database that this test runs on."""
    of = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{of['NAME']}"
    login = quote(of["USER"]) + (f":{quote(of['PASSWORD'])}" if of["PASSWORD"] else "")
    return f"postgres://{login}@{of['HOST']}:{of['PORT']}/{of['NAME']}"


@pytest.mark.parametrize("accounts", [1, pytest.param(4, marks=pytest.mark.thorough)])
def test_whoever_is_killed_leaves_every_wallet_whole(accounts):
    settle_down(accounts)
    seed = random.randrange(2**32)
    print(f"seed {seed}")

    done = subprocess.run(
        [sys.executable, "-m", "tests.wallet.nursery", str(SECONDS), str(seed)],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url(), "DJANGO_SETTINGS_MODULE": "audiopod.settings"},
        capture_output=True,
        text=True,
        timeout=SECONDS + 60,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    deaths, steps = map(int, done.stdout.split())
    assert deaths >= SECONDS
    assert steps > 10 * deaths, "they hardly lived"
    assert broken(rows()) == [str(breach) for breach in audit().breaches] == []
    tomorrow = timezone.now() + timedelta(days=1)
    for late in Hold.objects.open():
        services.expire(job_id=late.job_id, now=tomorrow)
    assert set(Wallet.objects.values_list("held_micros", flat=True)) == {0}
    assert broken(rows()) == [str(breach) for breach in audit().breaches] == []
