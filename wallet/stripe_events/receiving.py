"""Each event once: claimed, acted on and kept in one transaction, or kept as failed."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import stripe
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from wallet.exceptions import PaymentConflict
from wallet.gateway import GatewayUnavailable, is_live
from wallet.gateway.readings import id_of
from wallet.models import StripeEvent
from wallet.stripe_events.matching import Fields, NotOurs, require_ours
from wallet.stripe_events.table import ACTIONS, REVERSALS, Action

log = logging.getLogger(__name__)

Status = StripeEvent.Status
OPEN = (Status.RECEIVED, Status.FAILED)
"""Events that have not done yet what they mean."""
SECRETS = frozenset({"client_secret"})


@dataclass(frozen=True)
class Receipt:
    """What became of an event, and the HTTP status with which Stripe is answered."""

    http_status: int
    outcome: str

    @property
    def is_settled(self) -> bool:
        """Whether it need not come again."""
        return self.http_status == 200


def handle(event: stripe.Event | dict[str, Any]) -> Receipt:
    """Do what an event means, once, however often and in whatever order events come.

    It must have come from Stripe: by a verified webhook, or asked for there. 409 is for what
    has to come first, or does not fit, and 500 for the unexpected; the event is kept, and does
    its work when it comes again. Not to be called in a transaction. Raises only what the
    database does when it cannot keep a failure.
    """
    told = _kept(event if isinstance(event, dict) else event.to_dict(for_json=True))
    try:
        action = _action_of(told)
        with transaction.atomic(durable=True):
            return _take(told, action)
    except (PaymentConflict, GatewayUnavailable) as conflict:
        log.error("Stripe's %s %s was not booked: %s", told["type"], told["id"], conflict)
        return _failed(told, str(conflict), http_status=409)
    except ObjectDoesNotExist as missing:
        log.warning("Stripe's %s %s has to come again: %s", told["type"], told["id"], missing)
        return _failed(told, "comes before its payment", http_status=409)
    except Exception as error:
        log.exception("Stripe's %s %s failed.", told["type"], told["id"])
        return _failed(told, f"{type(error).__name__}: {error}", http_status=500)


def _action_of(told: Fields) -> Action | str:
    """What is to be done about an event, or why nothing is. May ask Stripe."""
    if told.get("livemode") != is_live():
        return "of the other mode, test or live, than this server's key"
    if told.get("account"):
        return "of a connected account"
    kind, thing = told["type"], told["data"]["object"]
    if kind not in REVERSALS:
        return ACTIONS.get(kind, "a type that means nothing here")
    try:
        require_ours(id_of(thing.get("payment_intent")))
    except NotOurs as reason:
        return str(reason)
    return REVERSALS[kind]


def _take(told: Fields, action: Action | str) -> Receipt:
    """Claim the event and do its work; rolled back together when that fails."""
    if not _claim(told):
        return Receipt(200, "duplicate")
    status = Status.HANDLED
    try:
        outcome = action if isinstance(action, str) else action(told["data"]["object"])
    except NotOurs as reason:
        outcome, action = str(reason), str(reason)
    if isinstance(action, str):
        status = Status.IGNORED
    StripeEvent.objects.filter(pk=told["id"]).update(status=status, outcome=outcome[:500])
    return Receipt(200, outcome)


def _claim(told: Fields) -> bool:
    """Whether the event is ours to handle. A twin waits here until we are done."""
    _keep(told)
    event = StripeEvent.objects.filter(pk=told["id"])
    if event.filter(status__in=OPEN).update(status=Status.HANDLED, deliveries=F("deliveries") + 1):
        return True
    event.update(deliveries=F("deliveries") + 1)
    return False


def _failed(told: Fields, outcome: str, *, http_status: int) -> Receipt:
    """Keep the event, with why, unless a twin of it has succeeded meanwhile."""
    with transaction.atomic():
        _keep(told)
        StripeEvent.objects.filter(pk=told["id"], status__in=OPEN).update(
            status=Status.FAILED, outcome=outcome[:500], deliveries=F("deliveries") + 1
        )
    return Receipt(http_status, outcome)


def _keep(told: Fields) -> None:
    version = str(told.get("api_version") or "")
    if version != stripe.api_version:
        log.warning(
            "Stripe's event %s is of version %s: make the webhook endpoint one of version %s.",
            told["id"],
            version,
            stripe.api_version,
        )
    event = StripeEvent(
        pk=told["id"],
        type=told["type"][:100],
        api_version=version[:64],
        livemode=bool(told.get("livemode")),
        created_at=_moment(told["created"]),
        object_id=str(told["data"]["object"].get("id") or "")[:255],
        payload=told,
    )
    StripeEvent.objects.bulk_create([event], ignore_conflicts=True)


def _moment(seconds: int) -> datetime:
    """When an event was made, by Stripe's clock; now, when Stripe gives no valid time."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return timezone.now()


def _kept(part: Any) -> Any:
    """What we keep of an event: not the secrets, and no NUL, which PostgreSQL cannot keep."""
    if isinstance(part, dict):
        return {name: "" if name in SECRETS else _kept(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_kept(item) for item in part]
    return part.replace("\0", "") if isinstance(part, str) else part
