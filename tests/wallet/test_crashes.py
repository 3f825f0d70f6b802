"""Whatever moves money, broken off after each of its statements and at its commit.

Afterwards the database is row by row as it was before, and the same call does the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, models, transaction
from django.utils import timezone

from tests.clock import at
from tests.wallet.machine.crash import Crash, Rows, crash_after, failing_commit, rows
from tests.wallet.machine.invariants import broken
from tests.wallet.machine.scenarios import SCENARIOS, Scenario
from wallet.audit import audit
from wallet.models import Hold, JournalEntry

pytestmark = [pytest.mark.database, pytest.mark.race]

NUMBERS = ("id", "entry_id", "hold_id", "outcome")
"""Columns that count up or are drawn, or say so, and differ from one run to the next."""
DRAWN = ("wallet_hold", "wallet_journalentry", "wallet_posting", "wallet_spending",
         "wallet_promoredemption", "wallet_stripeevent", "audio_api_usageday",
         "audio_api_jobfile")  # fmt: skip
COUNTED = ("deliveries",)
"""Columns that say how often something came."""
MOST_STATEMENTS = 60


@pytest.fixture(autouse=True)
def _standing_clock():
    with at(timezone.now()):
        yield


@pytest.fixture(params=SCENARIOS, ids=lambda scenario: scenario.name)
def scenario(request, recording) -> Scenario:
    return request.param


@pytest.fixture
def call(scenario, user) -> Callable[[], Any]:
    return scenario.prepare(user)


@pytest.mark.django_db
def test_a_crash_after_any_statement_leaves_no_trace(scenario, call):
    expected, whole = without_a_crash(call)
    before = rows()

    for statements in range(1, MOST_STATEMENTS):
        try:
            with crash_after(statements):
                answer = plain(call())
        except Crash:
            traces = rows()
        else:
            break
        assert traces == before, f"something stayed after statement {statements}"

    assert statements > 1, "no statement was counted: the crash never came"
    assert answer == expected
    assert without_numbers(rows()) == whole
    assert broken(rows()) == [str(breach) for breach in audit().breaches] == []


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_fails(scenario, call):
    """It leaves no trace. One that is done, and only its answer is lost, is not done again."""
    expected, whole = without_a_crash(call)
    before = rows()

    with failing_commit(lost=False), pytest.raises(OperationalError, match="at the commit"):
        call()
    assert rows() == before

    with failing_commit(lost=True), pytest.raises(OperationalError, match="at the commit"):
        call()
    assert without_numbers(rows()) == whole

    if scenario.again is None:
        assert plain(call()) == expected
    else:
        with pytest.raises(scenario.again):
            call()
    assert without_numbers(rows(), but=COUNTED) == without_numbers(whole, but=COUNTED)
    assert broken(rows()) == []


def without_a_crash(call: Callable[[], Any]) -> tuple[Any, Rows]:
    """What the call answers and leaves behind; then it is as if it had not been."""
    block = transaction.atomic()
    block._from_testcase = True  # so that what insists on a transaction of its own gets one
    with block:
        answer = plain(call())
        left = without_numbers(rows())
        transaction.set_rollback(True)
    return answer, left


def without_numbers(found: Rows, *, but: tuple[str, ...] = ()) -> Rows:
    def kept(table: str, row: dict[str, Any]) -> dict[str, Any]:
        dropped = (*but, *(NUMBERS if table in DRAWN else ()))
        return {name: value for name, value in row.items() if name not in dropped}

    return {
        table: sorted((kept(table, row) for row in of_table), key=repr)
        for table, of_table in found.items()
    }


def plain(answer: Any) -> Any:
    """An answer without what is drawn anew each time."""
    if isinstance(answer, Hold):
        return answer.job_id, answer.state, answer.settled_micros
    if isinstance(answer, JournalEntry):
        return answer.idempotency_key
    if isinstance(answer, models.Model):
        return {f.attname: getattr(answer, f.attname) for f in answer._meta.concrete_fields}
    return answer
