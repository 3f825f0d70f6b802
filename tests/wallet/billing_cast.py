"""Short ways to a customer whose card is charged when the balance is low."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from tests.wallet.cast import take_hold
from tests.wallet.gateway.recording import RecordingGateway
from wallet import auto_recharge, services, stripe_events
from wallet.models import AutoRecharge, JournalEntry, Topup

DOLLAR = 1_000_000
CENT = 10_000


def standing_order(
    provider: RecordingGateway,
    user: User,
    *,
    card: str = "pm_card_visa",
    threshold_micros: int = 5 * DOLLAR,
    amount_cents: int = 2500,
    monthly_cap_cents: int = 10_000,
) -> AutoRecharge:
    """$25.00 from a saved card below $5.00, at most $100.00 a month, unless told otherwise."""
    saved = provider.save_card(provider.ensure_customer(user), card)
    return auto_recharge.configure(
        user,
        enabled=True,
        threshold_micros=threshold_micros,
        amount_cents=amount_cents,
        monthly_cap_cents=monthly_cap_cents,
        payment_method_id=saved.payment_method_id,
        ip="192.0.2.7",
    )


def spend(user: User, micros: int) -> None:
    hold = take_hold(user, micros)
    services.settle(job_id=hold.job_id, amount_micros=micros)


def webhooks_arrive(provider: RecordingGateway) -> None:
    """Every event so far is delivered; those that were before are duplicates."""
    for event in provider.told:
        assert stripe_events.handle(event).is_settled


def paid_topup(
    user: User, *, cents: int = 2500, payment_intent_id: str = "", kind: Topup.Kind | None = None
) -> Topup:
    """A payment that was credited."""
    topup = Topup.objects.create(
        user=user, amount_cents=cents, livemode=False, kind=kind or Topup.Kind.CHECKOUT
    )
    services.complete_topup(
        topup_id=topup.pk,
        payment_intent_id=payment_intent_id or f"pi_{uuid.uuid4().hex}",
        paid_cents=cents,
    )
    topup.refresh_from_db()
    return topup


def charges(user: User) -> list[tuple[str, int]]:
    """The auto-recharges of an account, oldest first: status and cents."""
    mine = Topup.objects.filter(user=user, kind=Topup.Kind.AUTO).order_by("created_at")
    return list(mine.values_list("status", "amount_cents"))


def credits_of(user: User) -> list[int]:
    """What each top-up entry gave, in micro-dollars."""
    entries = JournalEntry.objects.filter(kind="topup", postings__user=user).order_by("pk")
    return list(
        entries.values_list("postings__amount_micros", flat=True).filter(
            postings__account="customer"
        )
    )


def make_old(topup: Topup, **age: float) -> Topup:
    """As if it had been begun so long ago."""
    past = timezone.now() - timedelta(**age)
    Topup.objects.filter(pk=topup.pk).update(created_at=past)
    topup.refresh_from_db()
    return topup


def make_order_old(user: User, **age: float) -> None:
    past = timezone.now() - timedelta(**age)
    AutoRecharge.objects.filter(pk=user.pk).update(updated_at=past, consent_at=past)
