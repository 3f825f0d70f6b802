"""Charging the card when the balance is low, one charge at a time."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from audiopod.common import features, money
from audiopod.common.months import Month
from wallet import mails, services
from wallet.auto_recharge.outcomes import AUTHENTICATION_REQUIRED, payment_failed
from wallet.gateway import (
    CardDeclined,
    GatewayRefused,
    GatewayUnavailable,
    Payment,
    gateway,
    is_configured,
    is_live,
)
from wallet.models import AutoRecharge, JournalEntry, Posting, StripeCustomer, Topup

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""How long a process that asks for a charge may take before another one asks again."""
SAME_KEY_FOR = timedelta(hours=23)
"""Stripe may forget an idempotency key after a day: a charge is not asked for again later."""
PAID_OR_SOON = ("succeeded", "processing")
NOT_THE_CARDS = ("key_refused", "idempotency_key_in_use", "idempotency_error")
"""Refusals that say nothing of the card: our key is wrong, or somebody asks at the same time."""


def run_due(now: datetime | None = None) -> int:
    """Ask for every charge that is due now. Returns for how many it asked.

    Any number of processes may do so at once. Ends early when the provider does not answer: what
    it was asked for is asked for again, with the same key, a minute later.
    """
    if not is_configured() or not features.is_on(features.TOP_UP):
        return 0
    now, asked = now or timezone.now(), 0
    for user_id in list(due(now).values_list("pk", flat=True)):
        begun = _begin(user_id, now)
        if begun is None:
            continue
        asked += 1
        try:
            _charge(*begun)
        except GatewayUnavailable:
            log.warning("Auto-recharge of account %s is asked for again in a minute.", user_id)
            break
    return asked


def due(now: datetime) -> QuerySet[AutoRecharge]:
    """Orders to charge to a card now, unless a charge is on its way or the month's cap is near.

    Money that went back, by a refund or a dispute, is not fetched again: the customer spends
    something first, or says anew that they want it. Nor is a debt paid this way.
    """
    available = Coalesce(
        F("user__wallet__posted_micros") - F("user__wallet__held_micros"),
        0,
        output_field=BigIntegerField(),
    )
    went_back = Posting.objects.filter(
        user=OuterRef("pk"),
        wallet_seq=OuterRef("user__wallet__seq"),
        entry__kind__in=[
            JournalEntry.Kind.REFUND,
            JournalEntry.Kind.DISPUTE,
            JournalEntry.Kind.COLLECTION,
        ],
        entry__created_at__gt=OuterRef("consent_at"),
    )
    in_order = Q(user__wallet__is_frozen=False, user__wallet__debt_micros=0)
    return (
        AutoRecharge.objects.alias(available=available)
        .filter(Q(next_try_at__isnull=True) | Q(next_try_at__lte=now))
        .filter(
            is_enabled=True,
            state=AutoRecharge.State.ACTIVE,
            livemode=is_live(),
            user__is_active=True,
        )
        .filter(in_order | Q(user__wallet__isnull=True), available__lt=F("threshold_micros"))
        .exclude(Exists(went_back))
        .order_by("pk")
    )


def _begin(user_id: int, now: datetime) -> tuple[Topup, AutoRecharge] | None:
    """The charge to ask for, new or not answered before, ours alone for a while."""
    with transaction.atomic():
        AutoRecharge.objects.select_for_update().get(pk=user_id)
        # only now: what is read before the lock may be what another has acted on meanwhile
        order = due(now).select_related("user").filter(pk=user_id).first()
        if order is None:
            return None
        charges = Topup.objects.filter(user=user_id, kind=Topup.Kind.AUTO)
        topup = charges.unfinished().first()
        if topup is None:
            topup = _new_charge(order, charges, now)
        elif not may_ask_again(topup, order, now):
            return None
        if topup is not None:
            AutoRecharge.objects.filter(pk=user_id).update(next_try_at=now + LEASE)
    return (topup, order) if topup else None


def may_ask_again(topup: Topup, order: AutoRecharge, now: datetime) -> bool:
    """Never answered, by a key that is still known, and the order says what it said."""
    return (
        topup.payment_intent_id is None
        and topup.created_at > now - SAME_KEY_FOR
        and topup.created_at >= order.updated_at
    )


def _new_charge(order: AutoRecharge, charges: QuerySet[Topup], now: datetime) -> Topup | None:
    if _charged_in_month(charges, now) + order.amount_cents > order.monthly_cap_cents:
        _wait_for_next_month(order, now)
        return None
    try:
        with transaction.atomic():
            return Topup.objects.create(
                user=order.user,
                kind=Topup.Kind.AUTO,
                amount_cents=order.amount_cents,
                livemode=order.livemode,
                # never before the order that it carries out
                created_at=max(now, order.updated_at),
            )
    except IntegrityError:  # the database lets one charge in at a time
        return None


def _charged_in_month(charges: QuerySet[Topup], now: datetime) -> int:
    counted = [*Topup.UNFINISHED, Topup.Status.COMPLETED]
    in_month = charges.filter(created_at__gte=Month.of(now).start, status__in=counted)
    return in_month.aggregate(total=Sum("amount_cents"))["total"] or 0


def _wait_for_next_month(order: AutoRecharge, now: datetime) -> None:
    resumes_at = Month.of(now).end
    AutoRecharge.objects.filter(pk=order.pk).update(
        next_try_at=resumes_at, error=_cap_reached(order)
    )
    transaction.on_commit(lambda: mails.cap_reached(order, resumes_at=resumes_at))


def _cap_reached(order: AutoRecharge) -> str:
    cap = money.usd_cents(order.monthly_cap_cents)
    return f"The limit of {cap} a month is reached."


def paused_until(order: AutoRecharge, now: datetime) -> datetime | None:
    """When an order goes on that has reached the cap of its month; None: it has not."""
    resumes_at = order.next_try_at
    if resumes_at is None or resumes_at <= now or order.error != _cap_reached(order):
        return None
    return resumes_at


def _charge(topup: Topup, order: AutoRecharge) -> None:
    """Raises GatewayUnavailable: then the row stays, to be asked for again."""
    customer = StripeCustomer.objects.filter(user=topup.user, livemode=topup.livemode).first()
    try:
        payment = gateway().charge_saved_card(
            topup,
            customer_id=customer.customer_id if customer else "",
            payment_method_id=order.payment_method_id,
        )
    except CardDeclined as refusal:
        _note_payment(topup, refusal.payment_intent_id)
        code = AUTHENTICATION_REQUIRED if refusal.needs_authentication else refusal.code
        payment_failed(topup, code, str(refusal))
    except GatewayRefused as refusal:
        if refusal.code in NOT_THE_CARDS:
            raise GatewayUnavailable from refusal
        payment_failed(topup, refusal.code, str(refusal))
    else:
        _note_payment(topup, payment.id)
        _note_answer(topup, payment)


def _note_answer(topup: Topup, payment: Payment) -> None:
    if payment.status in PAID_OR_SOON:
        services.mark_topup(topup_id=topup.pk, status=Topup.Status.PROCESSING)
    elif payment.status == "requires_action":
        payment_failed(topup, AUTHENTICATION_REQUIRED, "Your bank wants to ask you.")
    else:
        payment_failed(topup, payment.error_code, f"The payment is {payment.status}.")


def _note_payment(topup: Topup, payment_intent_id: str) -> None:
    if payment_intent_id:
        unpaid = Topup.objects.filter(pk=topup.pk, payment_intent_id__isnull=True)
        unpaid.update(payment_intent_id=payment_intent_id)
