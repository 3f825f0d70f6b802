"""Whether a payment is ours, and is what we asked for.

One Stripe account may serve several applications: their payments come by here too, and are none
of our business. One that carries our mark and differs from our row is worth an alarm.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from wallet.exceptions import PaymentConflict
from wallet.gateway import CURRENCY, GatewayRefused, gateway
from wallet.models import Topup

Fields = dict[str, Any]
"""A Stripe object, as JSON has it."""


class NotOurs(Exception):
    """An object of another application: to be kept and left alone."""


def topup_of(thing: Fields) -> Topup:
    """The top-up of a session, payment or charge, locked until the transaction ends.

    Raises NotOurs, and PaymentConflict when the object says otherwise than our row.
    """
    marks = thing.get("metadata") or {}
    rows = Topup.objects.select_for_update(of=("self",)).select_related("user")
    mark = _mark(marks)
    topup = rows.filter(pk=mark).first() if mark else None
    if topup is None:
        raise NotOurs("not a top-up of ours")
    if marks.get("account") != str(topup.user_id):
        raise PaymentConflict(f"Its account is {marks.get('account')!r}, ours {topup.user_id}.")
    if thing.get("livemode") != topup.livemode:
        raise PaymentConflict("It was asked for with a key of the other mode.")
    return topup


def _mark(marks: Mapping[str, Any]) -> uuid.UUID | None:
    """The top-up that metadata names. One that we do not have is another installation's: ours
    are committed before Stripe hears of them.
    """
    try:
        return uuid.UUID(marks.get("topup") or "")
    except ValueError:
        return None


def require(thing: Fields, **expected: Any) -> None:
    """Raises PaymentConflict unless the fields have these values, and the currency is ours."""
    for name, value in {"currency": CURRENCY, **expected}.items():
        if thing.get(name) != value:
            raise PaymentConflict(f"Its {name} is {thing.get(name)!r}, and not {value!r}.")


def require_ours(payment_intent_id: str) -> None:
    """Raises NotOurs for the refund or dispute of another application's payment.

    These carry no mark of their own. Asks Stripe when no top-up has the payment: never call it
    in a transaction.
    """
    if not payment_intent_id:
        raise NotOurs("not of a payment that we could have made")
    if Topup.objects.filter(payment_intent_id=payment_intent_id).exists():
        return
    try:
        mark = _mark(gateway().payment(payment_intent_id).metadata)
    except GatewayRefused:  # not known to Stripe by this key: let it come again
        return
    if mark is None or not Topup.objects.filter(pk=mark).exists():
        raise NotOurs("of a payment that is not a top-up of ours")
