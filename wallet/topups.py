"""Top-ups that a customer begins: the attempt is kept first, then the provider is asked.

A payment can so never be made of which this database does not know, and an attempt that was
asked for twice, by a double click or after a crash, is the same attempt: paid once.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audiopod.common import features, money
from wallet.exceptions import IdempotencyConflict
from wallet.gateway import GatewayRefused, PaymentGateway, TopUpsSwitchedOff, gateway
from wallet.models import Topup
from wallet.models.payments import MAX_TOPUP_CENTS, MIN_TOPUP_CENTS

CHECKOUT_SECONDS = 3600
"""How long a page stays open for its payment."""


class InvalidAmount(ValueError):
    """Not an amount that a wallet can be topped up by."""

    def __init__(self) -> None:
        lowest, highest = map(money.usd_cents, (MIN_TOPUP_CENTS, MAX_TOPUP_CENTS))
        super().__init__(f"Amount must be between {lowest} and {highest}")


def start_checkout(
    user: User,
    amount_cents: int,
    *,
    idempotency_key: str = "",
    save_card: bool = False,
    topup_id: uuid.UUID | None = None,
) -> Topup:
    """A top-up with the `url` of the page where it is paid. Never call it in a transaction.

    The same `topup_id`, or the same `idempotency_key` of this user, returns the same page.
    Raises InvalidAmount, IdempotencyConflict when either was used for something else, and
    GatewayError: after GatewayUnavailable the same call may be made again.
    """
    provider = gateway()
    topup = _attempt(
        provider,
        user=user,
        amount_cents=amount_cents,
        kind=Topup.Kind.CHECKOUT,
        idempotency_key=idempotency_key,
        topup_id=topup_id,
    )
    if topup.session_id:
        return topup
    with _failure_noted(topup):
        session = provider.create_checkout(
            topup,
            customer_id=provider.ensure_customer(user),
            save_card=save_card,
            success_url=_page("topup-done", topup) + "?sid={CHECKOUT_SESSION_ID}",
            cancel_url=_page("topup-cancelled", topup),
        )
    fresh = Topup.objects.filter(pk=topup.pk, session_id__isnull=True)
    fresh.update(session_id=session.id, url=session.url)
    return _opened(topup)


def start_payment(user: User, amount_cents: int, *, idempotency_key: str = "") -> tuple[Topup, str]:
    """A top-up that the client's own page pays, and its client secret, which is not kept.

    Repeats and errors are as those of `start_checkout`.
    """
    provider = gateway()
    topup = _attempt(
        provider,
        user=user,
        amount_cents=amount_cents,
        kind=Topup.Kind.PAYMENT_INTENT,
        idempotency_key=idempotency_key,
    )
    if topup.payment_intent_id:
        return topup, provider.payment(topup.payment_intent_id).client_secret
    with _failure_noted(topup):
        payment = provider.create_payment(topup, provider.ensure_customer(user))
    fresh = Topup.objects.filter(pk=topup.pk, payment_intent_id__isnull=True)
    fresh.update(payment_intent_id=payment.id)
    return _opened(topup), payment.client_secret


def _attempt(
    provider: PaymentGateway,
    *,
    user: User,
    amount_cents: int,
    kind: Topup.Kind,
    idempotency_key: str,
    topup_id: uuid.UUID | None = None,
) -> Topup:
    """A new row, committed; or the one that was made for the same id or key."""
    if not features.is_on(features.TOP_UP):
        raise TopUpsSwitchedOff
    if not MIN_TOPUP_CENTS <= amount_cents <= MAX_TOPUP_CENTS:
        raise InvalidAmount
    now = timezone.now()
    new = Topup(
        pk=topup_id or uuid.uuid4(),
        user=user,
        kind=kind,
        amount_cents=amount_cents,
        livemode=provider.livemode,
        idempotency_key=idempotency_key,
        created_at=now,
        expires_at=now + timedelta(seconds=CHECKOUT_SECONDS),
    )
    try:
        with transaction.atomic(durable=True):
            new.save(force_insert=True)
            return new
    except IntegrityError:
        of_key = Q(user=user, idempotency_key=idempotency_key) & ~Q(idempotency_key="")
        first = Topup.objects.filter(Q(pk=new.pk) | of_key).first()
        if first is None:
            raise
    if (first.user_id, first.amount_cents, first.kind) != (user.pk, amount_cents, kind):
        raise IdempotencyConflict(idempotency_key or str(topup_id))
    _require_askable(first, provider)
    return first


def _require_askable(topup: Topup, provider: PaymentGateway) -> None:
    """An attempt of which the provider knows can be shown; another only while it may be paid."""
    known = topup.session_id or topup.payment_intent_id
    if topup.livemode != provider.livemode or not (known or topup.status in Topup.UNFINISHED):
        why = topup.error or "Its time is over."
        raise GatewayRefused(f"This top-up was not made: {why} Begin a new one.", "topup_over")


@contextmanager
def _failure_noted(topup: Topup) -> Iterator[None]:
    """A refusal ends the attempt. Without an answer it stays, to be asked for again."""
    try:
        yield
    except GatewayRefused as refusal:
        Topup.objects.filter(pk=topup.pk, status=Topup.Status.CREATED).update(
            status=Topup.Status.FAILED, error=str(refusal)[:500]
        )
        raise


def _opened(topup: Topup) -> Topup:
    Topup.objects.filter(pk=topup.pk, status=Topup.Status.CREATED).update(status=Topup.Status.OPEN)
    topup.refresh_from_db()
    return topup


def _page(name: str, topup: Topup) -> str:
    return f"{settings.PUBLIC_URL}{reverse(name, args=[topup.pk])}"
