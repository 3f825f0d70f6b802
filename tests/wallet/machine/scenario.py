"""One way in which money moves, made ready to be called, and what it begins with."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.models import ApiKey, User
from tests.wallet.cast import take_hold
from wallet import services
from wallet.models import Topup

Call = Callable[[], Any]


@dataclass(frozen=True)
class Scenario:
    name: str
    prepare: Callable[[User], Call]
    again: type[Exception] | None = None
    """What the same call raises once it has been done; None: it answers the same."""


SCENARIOS: list[Scenario] = []


def scenario(again: type[Exception] | None = None) -> Callable[[Any], Any]:
    def add(prepare: Callable[[User], Call]) -> Callable[[User], Call]:
        SCENARIOS.append(Scenario(prepare.__name__, prepare, again))
        return prepare

    return add


# --- what they begin with ---------------------------------------------------------------------
def limited_key(user: User) -> ApiKey:
    user.daily_limit_micros = 900
    user.save()
    return ApiKey.objects.create(
        user=user,
        name="k",
        digest=uuid.uuid4().bytes,
        pepper_id="p",
        monthly_limit_micros=800,
        total_limit_micros=1_000,
    )


def new_topup(user: User) -> Topup:
    return Topup.objects.create(user=user, kind="checkout", amount_cents=100, livemode=False)


def completed(topup: Topup) -> object:
    return services.complete_topup(
        topup_id=topup.pk, payment_intent_id=f"pi_{topup.pk}", paid_cents=108
    )


def last_paid() -> Topup:
    return Topup.objects.filter(status="completed").latest("completed_at")


def refunded(cents: int, status: str) -> object:
    intent = last_paid().payment_intent_id
    assert intent
    return services.book_refund(
        refund_id="re_1", payment_intent_id=intent, amount_cents=cents, status=status
    )


def told_of_dispute(status: str) -> dict[str, Any]:
    intent = last_paid().payment_intent_id
    said = {"dispute_id": "dp_1", "amount_cents": 108, "status": status}
    return {"payment_intent_id": intent, **said}


def indebted(user: User) -> uuid.UUID:
    """Owes half a dollar, and has one hold open of 900,000 micro-dollars; its job's id."""
    completed(new_topup(user))
    job_id = take_hold(user, 900_000).job_id
    refunded(65, "succeeded")
    return job_id
