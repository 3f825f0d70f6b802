"""Short ways to put an account into a state."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from wallet import services
from wallet.models import Hold, JournalEntry, Refund, Topup


def fund(user: User, micros: int) -> JournalEntry:
    return services.grant(
        user=user,
        amount_micros=micros,
        reason="a test",
        actor="command:test",
        idempotency_key=str(uuid.uuid4()),
    )


def adjust(user: User, micros: int) -> JournalEntry:
    return services.adjust(
        user=user,
        amount_micros=micros,
        reason="a test",
        actor="command:test",
        idempotency_key=str(uuid.uuid4()),
    )


def take_hold(user: User, micros: int, *, seconds: int = 60) -> Hold:
    return services.hold(user=user, job_id=uuid.uuid4(), amount_micros=micros, seconds=seconds)


def outlive(hold: Hold) -> None:
    """Let a hold be past its time, by ten minutes."""
    Hold.objects.filter(pk=hold.pk).update(expires_at=timezone.now() - timedelta(minutes=10))


def money_of(user: User) -> tuple[int, int]:
    """Posted and held micro-dollars."""
    now = services.balance(user)
    return now.posted_micros, now.held_micros


def legs(entry: JournalEntry) -> list[tuple[str, int | None, int, int | None, int | None]]:
    """Account, user, micro-dollars, number and balance after, of each posting."""
    columns = ["account", "user_id", "amount_micros", "wallet_seq", "posted_after"]
    return list(entry.postings.order_by("number").values_list(*columns))


def ask(user: User, cents: int, *, kind: str = "checkout") -> Topup:
    """An attempt to pay that Stripe has not answered yet."""
    return Topup.objects.create(
        user=user, kind=kind, amount_cents=cents, status=Topup.Status.OPEN, livemode=False
    )


def pay(user: User, cents: int, *, paid_cents: int | None = None) -> Topup:
    """A completed top-up; `paid_cents` is more than `cents` where there is tax."""
    topup = ask(user, cents)
    services.complete_topup(
        topup_id=topup.pk,
        payment_intent_id=f"pi_{uuid.uuid4().hex}",
        paid_cents=cents if paid_cents is None else paid_cents,
    )
    topup.refresh_from_db()
    return topup


def refund(topup: Topup, cents: int, *, refund_id: str = "", status: str = "succeeded") -> Refund:
    return services.book_refund(
        refund_id=refund_id or f"re_{uuid.uuid4().hex}",
        payment_intent_id=topup.payment_intent_id or "",
        amount_cents=cents,
        status=status,
    )
