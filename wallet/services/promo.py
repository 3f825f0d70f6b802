"""Promo codes, redeemed."""

from __future__ import annotations

import re

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audiopod.common import features
from wallet.exceptions import PromoRefused
from wallet.models import JournalEntry, Posting, PromoCode, PromoRedemption
from wallet.services import movements

CODE = re.compile(r"[A-Z0-9-]{4,32}")


def redeem(*, user: User, code: str) -> JournalEntry:
    """Give an account what a code is worth, once. Raises PromoRefused."""
    if not features.is_on(features.PROMO_CODES):
        raise PromoRefused(features.said_to_be_off(features.PROMO_CODES))
    typed = code.strip().upper()
    promo = PromoCode.objects.filter(code=typed).first() if CODE.fullmatch(typed) else None
    if promo is None:
        raise PromoRefused(_("There is no such code: check how it is spelt."))
    if PromoRedemption.objects.filter(code=promo, user=user).exists():
        raise _used_already()
    try:
        with transaction.atomic():
            return _redeem(promo, user)
    except IntegrityError:
        if PromoRedemption.objects.filter(code=promo, user=user).exists():
            raise _used_already() from None
        raise


def _redeem(promo: PromoCode, user: User) -> JournalEntry:
    now = timezone.now()
    valid = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    left = Q(max_redemptions__isnull=True) | Q(redeemed__lt=F("max_redemptions"))
    taken = PromoCode.objects.filter(valid, left, pk=promo.pk, is_active=True)
    if not taken.update(redeemed=F("redeemed") + 1):
        raise PromoRefused(_("This code is not valid any more."))
    entry = JournalEntry.objects.create(
        kind=JournalEntry.Kind.PROMO,
        idempotency_key=f"promo:{promo.pk}:{user.pk}",
        actor=f"user:{user.pk}",
        reason=promo.reason,
    )
    PromoRedemption.objects.create(code=promo, user=user, entry=entry)
    movements.put(
        entry, user=user, amount_micros=promo.amount_micros, against=Posting.Account.PROMO
    )
    return entry


def _used_already() -> PromoRefused:
    return PromoRefused(_("You have used this code already."))
