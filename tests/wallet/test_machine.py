"""The wallet against a model of it in a few lines of Python, driven by hypothesis.

Job ids and idempotency keys are used again on purpose; the ledger is audited after every step.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from accounts.models import User
from tests.wallet.cast import money_of, outlive
from wallet import services
from wallet.audit import audit
from wallet.models import Hold

pytestmark = [pytest.mark.database, pytest.mark.slow]

JOBS = [uuid.UUID(int=n) for n in range(1, 5)]
jobs = st.sampled_from(JOBS)
keys = st.sampled_from(["a", "b", "c"])
amounts = st.integers(1, 20)
people = st.sampled_from(["ann", "bob"])


def _rows() -> list[list[tuple[object, ...]]]:
    tables = ("wallet_wallet", "wallet_hold", "wallet_journalentry", "wallet_posting")
    with connection.cursor() as cursor:
        return [
            list(cursor.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()) for table in tables
        ]


@dataclass
class ModelHold:
    owner: str
    amount: int
    state: str = "open"
    settled: int = 0


class WalletMachine(RuleBasedStateMachine):
    @initialize()
    def open_accounts(self) -> None:
        self.users = {
            name: User.objects.create_user(f"{name}@example.org") for name in ("ann", "bob")
        }
        self.posted = {"ann": 0, "bob": 0}
        self.holds: dict[uuid.UUID, ModelHold] = {}
        self.bookings: dict[tuple[str, str], tuple[str, int]] = {}

    def held(self, who: str) -> int:
        mine = [hold for hold in self.holds.values() if hold.owner == who]
        return sum(hold.amount for hold in mine if hold.state == "open")

    def available(self, who: str) -> int:
        return self.posted[who] - self.held(who)

    def close(self, job: uuid.UUID, state: str, settled: int = 0) -> None:
        hold = self.holds[job]
        hold.state, hold.settled = state, settled
        self.posted[hold.owner] -= settled

    @rule(who=people, amount=st.integers(1, 60), key=keys)
    def grant(self, who: str, amount: int, key: str) -> None:
        self.book("grant", who, amount, key)

    @rule(who=people, amount=st.integers(-30, 30).filter(bool), key=keys)
    def adjust(self, who: str, amount: int, key: str) -> None:
        self.book("adjust", who, amount, key)

    def book(self, kind: str, who: str, amount: int, key: str) -> None:
        def call() -> None:
            getattr(services, kind)(
                user=self.users[who],
                amount_micros=amount,
                reason="r",
                actor="a",
                idempotency_key=key,
            )

        first = self.bookings.get((kind, key))
        if first is not None and first != (who, amount):
            with pytest.raises(services.IdempotencyConflict):
                call()
        elif first is None and self.available(who) + amount < 0:
            with pytest.raises(services.InsufficientBalance) as refused:
                call()
            assert refused.value.available_micros == self.available(who)
        else:
            call()
            if first is None:
                self.posted[who] += amount
            self.bookings[kind, key] = (who, amount)

    @rule(who=people, job=jobs, amount=amounts)
    def hold(self, who: str, job: uuid.UUID, amount: int) -> None:
        def call() -> Hold:
            return services.hold(user=self.users[who], job_id=job, amount_micros=amount, seconds=60)

        first = self.holds.get(job)
        if first is not None and (first.owner, first.amount) != (who, amount):
            with pytest.raises(services.HoldConflict):
                call()
        elif first is None and amount > self.available(who):
            with pytest.raises(services.InsufficientBalance) as refused:
                call()
            assert refused.value.available_micros == self.available(who)
        else:
            self.holds.setdefault(job, ModelHold(who, amount))
            self.agree(job, call())

    def agree(self, job: uuid.UUID, real: Hold) -> None:
        model = self.holds[job]
        assert (real.state, real.settled_micros) == (model.state, model.settled)

    @rule(job=jobs, amount=st.integers(0, 22))
    def settle(self, job: uuid.UUID, amount: int) -> None:
        hold = self.holds.get(job)
        if hold is None:
            with pytest.raises(Hold.DoesNotExist):
                services.settle(job_id=job, amount_micros=amount)
            return
        if hold.state == "open" and amount > hold.amount:
            with pytest.raises(ValueError, match="at most the hold"):
                services.settle(job_id=job, amount_micros=amount)
            return
        if hold.state in ("released", "expired") and amount > 0:
            with pytest.raises(services.HoldClosed):
                services.settle(job_id=job, amount_micros=amount)
            return
        if hold.state == "open":
            self.close(job, "settled" if amount else "released", amount)
        self.agree(job, services.settle(job_id=job, amount_micros=amount))

    @rule(job=jobs)
    def release(self, job: uuid.UUID) -> None:
        hold = self.holds.get(job)
        if hold is None or hold.state == "settled":
            with pytest.raises((Hold.DoesNotExist, services.HoldClosed)):
                services.release(job_id=job)
            return
        if hold.state == "open":
            self.close(job, "released")
        self.agree(job, services.release(job_id=job))

    @rule(job=jobs, late=st.booleans())
    def expire(self, job: uuid.UUID, late: bool) -> None:
        hold = self.holds.get(job)
        if hold is None:
            with pytest.raises(Hold.DoesNotExist):
                services.expire(job_id=job)
            return
        if hold.state == "open" and late:
            outlive(Hold.objects.get(job_id=job))
            assert [found.job_id for found in services.overdue()] == [job]
            self.close(job, "expired")
        self.agree(job, services.expire(job_id=job))

    @rule(job=jobs, amount=amounts)
    def settle_in_a_transaction_that_fails(self, job: uuid.UUID, amount: int) -> None:
        hold = self.holds.get(job)
        if hold is None or hold.state != "open" or amount > hold.amount:
            return
        with transaction.atomic():
            services.settle(job_id=job, amount_micros=amount)
            transaction.set_rollback(True)

    @invariant()
    def balances_agree(self) -> None:
        for who, user in getattr(self, "users", {}).items():
            assert money_of(user) == (self.posted[who], self.held(who))

    @invariant()
    def the_ledger_is_whole(self) -> None:
        """Audited whenever a row changed: the same rows would get the same verdict."""
        rows = _rows()
        if rows != getattr(self, "audited", None):
            connection.check_constraints()
            assert [str(breach) for breach in audit().breaches] == []
            self.audited = rows


class InItsOwnTransaction(WalletMachine):
    """Each example begins with empty tables: the one before is rolled back."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)


def test_the_wallet_does_what_its_model_says(db):
    run_machine(
        InItsOwnTransaction,
        settings=settings(
            max_examples=50,
            stateful_step_count=25,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
