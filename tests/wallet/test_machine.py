"""The wallet does what its model says, whatever is asked of it, in whatever order."""

from __future__ import annotations

import os

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test as run_machine

from tests.wallet.machine.machine import WalletMachine

pytestmark = [pytest.mark.database, pytest.mark.slow]

EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "50"))
"""For a longer search: `MACHINE_EXAMPLES=2000`."""
FEW_EXAMPLES = min(15, EXAMPLES)
STEPS = 40


class InItsOwnTransaction(WalletMachine):
    """Each example begins with empty tables: the one before is rolled back."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()

    def teardown(self) -> None:
        super().teardown()
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)


@pytest.mark.parametrize(
    "examples", [FEW_EXAMPLES, pytest.param(EXAMPLES, marks=pytest.mark.thorough)]
)
def test_the_wallet_does_what_its_model_says(db, examples):
    run_machine(
        InItsOwnTransaction,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
