"""Letters to customers about their money, in plain text and in HTML.

None is sent inside a transaction: who is in one leaves that to `transaction.on_commit`. A letter
that cannot be sent is logged and breaks nothing; the pages tell the same.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audiopod.common import money
from wallet.gateway import is_configured
from wallet.models import AutoRecharge, Dispute, Topup, Wallet

log = logging.getLogger(__name__)

WALLET_PATH = "/dashboard/wallet/"
BATCH_SIZE = 100

TRY_AGAIN_SECONDS = 300
"""After a warning that could not be sent."""
WORTH_SENDING = timedelta(hours=24)
"""A warning that could not be sent for so long is not sent any more."""
CHARGE_TAKES = timedelta(minutes=10)
"""A balance that is being recharged is not worth a warning, for so long."""

UNWARNED = Q(low_since__isnull=False) & (
    Q(low_mailed_at__isnull=True) | Q(low_mailed_at__lt=F("low_since"))
)


# --- low balances ---------------------------------------------------------------------------
def send_low_balance_warnings(now: datetime | None = None) -> int:
    """Warn everybody whose balance fell, once for each fall. Returns how many were sent.

    Any number of threads may do so at once: each warning is claimed by a conditional UPDATE, and
    one that could not be sent is given back, to be tried again in five minutes.
    """
    now = now or timezone.now()
    return sum(_warn(wallet, now) for wallet in _low(now)[:BATCH_SIZE])


def _low(now: datetime) -> QuerySet[Wallet]:
    level = Coalesce("user__warn_below_micros", settings.LOW_BALANCE_MICROS)
    charged = Topup.objects.unfinished().filter(
        user=OuterRef("pk"), kind=Topup.Kind.AUTO, created_at__gt=now - CHARGE_TAKES
    )
    fallen = Wallet.objects.filter(UNWARNED, low_since__gt=now - WORTH_SENDING)
    return (
        fallen.filter(user__is_active=True, posted_micros__lt=level)
        .exclude(Exists(charged))
        .select_related("user", "user__auto_recharge")
        .order_by("low_since")
    )


def _warn(wallet: Wallet, now: datetime) -> bool:
    failed_lately = f"low-balance-mail:{wallet.pk}:{wallet.low_since:%Y%m%dT%H%M%S.%f}"
    if cache.get(failed_lately):
        return False
    unwarned = Wallet.objects.filter(UNWARNED, pk=wallet.pk, low_since=wallet.low_since)
    # not before the fall by the clock that noted it: the account would look unwarned still
    claimed_at = max(now, wallet.low_since or now)
    if not unwarned.update(low_mailed_at=claimed_at):
        return False
    if _send_low_balance(wallet):
        return True
    cache.set(failed_lately, value=True, timeout=TRY_AGAIN_SECONDS)
    mine = Wallet.objects.filter(pk=wallet.pk, low_mailed_at=claimed_at)
    mine.update(low_mailed_at=wallet.low_mailed_at)
    return False


def _send_low_balance(wallet: Wallet) -> bool:
    user, own = wallet.user, wallet.user.warn_below_micros
    may_top_up = is_configured()
    return _send(
        user,
        "low_balance",
        _("Your AudioPod balance is low: %(balance)s"),
        balance=money.usd(wallet.posted_micros),
        balance_micros=wallet.posted_micros,
        threshold_micros=settings.LOW_BALANCE_MICROS if own is None else own,
        is_configured=may_top_up,
        button=_("Top up") if may_top_up else _("Open your wallet"),
        **_recharge(user),
    )


def _recharge(user: User) -> dict[str, Any]:
    order: AutoRecharge | None = getattr(user, "auto_recharge", None)
    if order is None or not order.is_enabled:
        return {}
    return {"order": order, "amount_micros": order.amount_cents * money.MICROS_PER_CENT}


# --- auto-recharge and disputes -------------------------------------------------------------
def payment_needs_you(topup: Topup) -> bool:
    """The bank wants to ask the customer before it pays: they pay on the Checkout page."""
    return _send(
        topup.user,
        "needs_authentication",
        _("Your bank asks you to confirm a payment to AudioPod"),
        topup=topup,
    )


def card_declined(topup: Topup, *, attempts: int, message: str) -> bool:
    """Auto-recharge has given up."""
    return _send(
        topup.user,
        "card_declined",
        _("Your card was declined and auto-recharge is paused"),
        topup=topup,
        attempts=attempts,
        message=message,
    )


def cap_reached(order: AutoRecharge, *, resumes_at: datetime) -> bool:
    """Auto-recharge waits for the next month."""
    return _send(
        order.user,
        "cap_reached",
        _("Auto-recharge has reached its limit of this month"),
        amount_micros=order.amount_cents * money.MICROS_PER_CENT,
        cap_micros=order.monthly_cap_cents * money.MICROS_PER_CENT,
        resumes_at=resumes_at,
    )


def spending_paused(dispute: Dispute) -> bool:
    """A payment is disputed: nothing is spent until that is over."""
    return _send(
        dispute.topup.user,
        "spending_paused",
        _("A payment to AudioPod is disputed and spending is paused"),
        dispute=dispute,
        amount_micros=dispute.amount_cents * money.MICROS_PER_CENT,
    )


def dispute_over(dispute: Dispute) -> bool:
    """The bank has decided who keeps a payment."""
    is_won = dispute.status == "won"
    return _send(
        dispute.topup.user,
        "dispute_over",
        _("Your disputed payment to AudioPod stands")
        if is_won
        else _("Your disputed payment to AudioPod was taken back"),
        is_won=is_won,
        amount_micros=dispute.amount_cents * money.MICROS_PER_CENT,
    )


# --- sending --------------------------------------------------------------------------------
def _send(user: User, template: str, subject: Promise, /, **context: Any) -> bool:
    """Whether the mail server took it. It is written in the language of the account; the subject
    may name what the context has."""
    context = {
        "site_url": settings.PUBLIC_URL,
        "button": _("Open your wallet"),
        "button_url": f"{settings.PUBLIC_URL}{WALLET_PATH}",
        "email": user.email,
    } | context
    with translation.override(user.language or settings.LANGUAGE_CODE):
        context["subject"] = str(subject) % context
        mail = EmailMultiAlternatives(
            subject=context["subject"],
            body=render_to_string(f"wallet/mail/{template}.txt", context).strip(),
            to=[user.email],
            headers={"Auto-Submitted": "auto-generated"},
        )
        html = render_to_string(f"wallet/mail/{template}.html", context).strip()
    mail.attach_alternative(html, "text/html")
    try:
        return bool(mail.send())
    except (SMTPException, OSError) as error:
        log.warning("The mail %r to account %s was not sent: %s", template, user.pk, error)
        return False
