"""An account with a past: what it was given, what it spent, what went back."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from accounts.models import ApiKey, User
from accounts.services import create_api_key
from audio_api import registry
from audio_api.models import Job
from audiopod.common.money import cost_micros
from tests.clock import at
from tests.offered import toy_service  # noqa: F401 - a fixture for these tests
from wallet import services
from wallet.models import PromoCode, Topup

JOINED = datetime(2026, 8, 20, 12, tzinfo=UTC)
PRICE = 40_000
KINDS = [service.kind for service in registry.services()]
HOLD_SECONDS = 365 * 24 * 3600
"""What is open at the end of a past is not overdue for a sweeper that never ran."""


class History:
    """Does things to one account, each at a moment a little later than the one before."""

    def __init__(self, user: User, key: ApiKey | None = None) -> None:
        self.user, self.key, self.now = user, key, JOINED

    def wait(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)

    def grant(self, micros: int) -> None:
        self._by_hand(services.grant, micros)

    def adjust(self, micros: int) -> None:
        self._by_hand(services.adjust, micros)

    def _by_hand(self, book, micros: int) -> None:
        with at(self.now):
            book(
                user=self.user,
                amount_micros=micros,
                reason="a test",
                actor="command:test",
                idempotency_key=str(uuid.uuid4()),
            )

    def promo(self, micros: int) -> None:
        code = f"CODE-{uuid.uuid4().hex[:8].upper()}"
        PromoCode.objects.create(code=code, amount_micros=micros, reason="welcome")
        with at(self.now):
            services.redeem(user=self.user, code=code)

    def begin(self, audio_ms: int, kind: str = "speech", **fields: object) -> Job:
        """A job with a hold of a minute more than it will take."""
        held = cost_micros(audio_ms + 60_000, PRICE)
        with at(self.now), transaction.atomic():
            job = Job.objects.create(
                user=self.user,
                api_key=self.key,
                kind=kind,
                request_id=f"req_{uuid.uuid4().hex}",
                model="tts-1",
                audio_ms=audio_ms,
                queue_deadline=self.now + timedelta(seconds=HOLD_SECONDS),
                price_micros_per_minute=PRICE,
                held_micros=held,
                **fields,
            )
            services.hold(
                user=self.user,
                job_id=job.pk,
                amount_micros=held,
                seconds=HOLD_SECONDS,
                api_key=self.key,
                service=registry.get(kind).offer.service_type,
                price_micros_per_minute=PRICE,
            )
        return job

    def finish(self, job: Job) -> None:
        cost = cost_micros(job.audio_ms, PRICE)
        with at(self.now):
            services.settle(
                job_id=job.pk,
                amount_micros=cost,
                billed_ms=job.audio_ms,
                request_id=job.request_id,
            )
        Job.objects.filter(pk=job.pk).update(status="succeeded", cost_micros=cost)

    def spend(self, audio_ms: int, kind: str = "speech", **fields: object) -> Job:
        job = self.begin(audio_ms, kind, **fields)
        self.finish(job)
        return job

    def drop(self, job: Job) -> None:
        with at(self.now):
            services.release(job_id=job.pk)
        Job.objects.filter(pk=job.pk).update(status="failed", audio_ms=0)

    def top_up(self, cents: int) -> str:
        """Returns the payment's id."""
        payment = f"pi_{uuid.uuid4().hex}"
        with at(self.now):
            topup = Topup.objects.create(
                user=self.user, kind="checkout", amount_cents=cents, livemode=False
            )
            services.complete_topup(topup_id=topup.pk, payment_intent_id=payment, paid_cents=cents)
        return payment

    def refund(self, payment: str, cents: int, *, fails: bool = False) -> None:
        refund = f"re_{uuid.uuid4().hex}"
        with at(self.now):
            for status in ["succeeded", *(["failed"] if fails else [])]:
                services.book_refund(
                    refund_id=refund,
                    payment_intent_id=payment,
                    amount_cents=cents,
                    status=status,
                )

    def dispute(self, payment: str, cents: int, *, won: bool = False) -> None:
        of = {
            "dispute_id": f"du_{uuid.uuid4().hex}",
            "payment_intent_id": payment,
            "amount_cents": cents,
        }
        with at(self.now):
            services.withdraw_dispute(**of, status="needs_response", fee_cents=1500)
            if won:
                services.reinstate_dispute(**of, status="won")
            services.note_dispute(**of, status="won" if won else "lost")

    def live(self, random: random.Random, steps: int) -> None:
        """Live through some weeks at random; what the wallet refuses does not happen."""
        payments: list[str] = []
        running: list[Job] = []
        for _ in range(steps):
            self.wait(hours=random.expovariate(1 / 40))
            try:
                self._step(random, payments, running)
            except (services.InsufficientBalance, services.PaymentConflict):
                continue

    def _step(self, random: random.Random, payments: list[str], running: list[Job]) -> None:
        match random.choice("ttsssssbbffdgapurw"):
            case "t":
                payments.append(self.top_up(random.randint(100, 900)))
            case "s":
                self.spend(random.randint(1, 400_000), random.choice(KINDS))
            case "b":
                running.append(self.begin(random.randint(1, 900_000)))
            case "f" if running:
                self.finish(running.pop())
            case "d" if running:
                self.drop(running.pop())
            case "g":
                self.grant(random.randint(1, 2_000_000))
            case "a":
                self.adjust(random.choice([-1, 1]) * random.randint(1, 500_000))
            case "p":
                self.promo(random.randint(1, 1_000_000))
            case "u" if payments:
                cents = random.randint(1, 900)
                self.refund(random.choice(payments), cents, fails=random.random() < 0.3)
            case "w" if payments:
                payment = payments.pop()
                self.dispute(payment, random.randint(50, 900), won=random.random() < 0.5)


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada@example.com", date_joined=JOINED)


@pytest.fixture
def eve(db: None) -> User:
    return User.objects.create_user("eve@example.com", date_joined=JOINED)


@pytest.fixture
def history(ada: User) -> History:
    return History(ada, create_api_key(user=ada, name="Laptop")[0])
