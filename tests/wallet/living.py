"""Somebody who does everything that moves money, at random, on a few accounts."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from datetime import timedelta

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.utils import timezone

from accounts.models import ApiKey, User
from tests.wallet.cast import adjust, fund
from wallet import services
from wallet.models import Dispute, Hold, PromoCode, Topup

REFUSALS = (
    services.BudgetExceeded,
    services.HoldClosed,
    services.HoldConflict,
    services.InsufficientBalance,
    services.PaymentConflict,
    services.PromoRefused,
    services.SpendingFrozen,
    ObjectDoesNotExist,
)
CODE = "WELCOME"


def settle_down(count: int) -> list[User]:
    """So many accounts, each with some money, a key with budgets, and a code to redeem."""
    PromoCode.objects.create(code=CODE, amount_micros=70, reason="a test", max_redemptions=3)
    users = [User.objects.create_user(f"{n}@example.org") for n in range(count)]
    for user in users:
        fund(user, 1_000_000)
        ApiKey.objects.create(
            user=user,
            name="k",
            digest=uuid.uuid4().bytes,
            pepper_id="p",
            total_limit_micros=9_000_000,
        )
    return users


class Life:
    """One of many: what it has begun, it or another one may end."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.users = list(User.objects.order_by("pk"))
        self.jobs: list[uuid.UUID] = []
        self.done: Counter[str] = Counter()

    def step(self) -> None:
        what = self.chance.choice(WAYS)
        user = self.chance.choice(self.users)
        try:
            getattr(self, what)(user)
            self.done[what] += 1
        except REFUSALS as refusal:
            self.done[type(refusal).__name__] += 1
        finally:
            connection.close()

    # --- jobs -----------------------------------------------------------------------------------
    def hold(self, user: User) -> None:
        key = self.chance.choice([None, user.api_keys.get()])
        job_id = uuid.uuid4()
        services.hold(
            user=user,
            job_id=job_id,
            amount_micros=self.chance.randint(1, 300_000),
            seconds=60,
            api_key=key,
        )
        self.jobs.append(job_id)

    def _job(self) -> uuid.UUID:
        return self.chance.choice([uuid.uuid4(), *self.jobs[-8:]])

    def settle(self, user: User) -> None:
        found = Hold.objects.get(job_id=self._job())
        cost = self.chance.randint(0, found.amount_micros)
        services.settle(job_id=found.job_id, amount_micros=cost)

    def release(self, user: User) -> None:
        services.release(job_id=self._job())

    def expire_any(self, user: User) -> None:
        late = self.chance.choice([*Hold.objects.open()[:5], None])
        if late:
            services.expire(job_id=late.job_id, now=timezone.now() + timedelta(days=1))

    def change_budget(self, user: User) -> None:
        limit = self.chance.choice([None, 200_000, 3_000_000])
        user.api_keys.update(monthly_limit_micros=limit)

    # --- credit and payments ----------------------------------------------------------------------
    def correct(self, user: User) -> None:
        adjust(user, self.chance.choice([-30_000, -500, 500, 30_000]))

    def redeem(self, user: User) -> None:
        services.redeem(user=user, code=CODE)

    def pay(self, user: User) -> None:
        Topup.objects.create(user=user, kind="checkout", amount_cents=100, livemode=False)

    def _topup(self) -> Topup:
        """One of the latest few, so that many meet at it."""
        return self.chance.choice([*Topup.objects.order_by("-created_at")[:3], Topup()])

    def credit(self, user: User) -> None:
        topup = self._topup()
        services.complete_topup(
            topup_id=topup.pk, payment_intent_id=f"pi_{topup.pk}", paid_cents=108
        )

    def refund(self, user: User) -> None:
        topup = self._topup()
        services.book_refund(
            refund_id=f"re_{topup.pk}_{self.chance.randint(1, 3)}",
            payment_intent_id=f"pi_{topup.pk}",
            amount_cents=54,
            status=self.chance.choice(["succeeded", "pending", "failed"]),
        )

    def dispute(self, user: User) -> None:
        """A new one or, mostly, the end of one: who is frozen for ever does nothing more."""
        freezing = Dispute.objects.filter(is_freezing=True).first()
        if freezing and self.chance.random() < 0.8:
            self._dispute(freezing.topup, "won")
        else:
            self._dispute(self._topup(), self.chance.choice(["needs_response", "won", "lost"]))

    def _dispute(self, topup: Topup, status: str) -> None:
        told = {
            "dispute_id": f"dp_{topup.pk}",
            "payment_intent_id": f"pi_{topup.pk}",
            "amount_cents": 54,
            "status": status,
        }
        what = [services.note_dispute, services.withdraw_dispute, services.reinstate_dispute]
        self.chance.choice(what)(**told)


WAYS = [
    *["hold", "settle"] * 4,
    *["release", "expire_any", "correct", "pay", "credit", "credit", "refund"],
    *["dispute"] * 2,
    *["redeem", "change_budget"],
]
