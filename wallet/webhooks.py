"""`POST /webhooks/stripe`: the only door by which payments come in.

Stripe proves itself by a signature over the raw body and the time. Whatever cannot be proven is
told nothing.
"""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import stripe
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from wallet.gateway import is_configured
from wallet.stripe_events import handle

log = logging.getLogger(__name__)

MAX_BYTES = 1024 * 1024
TOLERANCE_SECONDS = 300
"""How far the time of a signature may be from ours, into the past and into the future."""


class Forged(Exception):
    """Not proven to be Stripe's."""


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> JsonResponse:
    """200: settled, do not send it again. Anything else: Stripe sends it again for three days."""
    if not (is_configured() and _secrets()):
        log.error("A webhook was refused: set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRETS.")
        return _answer(503, "webhooks are not configured on this server")
    if len(request.body) > MAX_BYTES:
        return _answer(413, "the body is too large")
    try:
        event = _verified(request.body, request.headers.get("Stripe-Signature", ""))
    except Forged:
        log.warning("A webhook with a bad signature was refused.")
        return _answer(400, "bad signature")
    if not _is_snapshot(event):
        return _answer(200, "not an event of this interface")
    try:
        receipt = handle(event)
    except RecursionError:  # nested as no event of Stripe's is
        return _answer(400, "nested too deeply")
    return _answer(receipt.http_status, receipt.outcome)


def _secrets() -> list[str]:
    return [secret for secret in settings.STRIPE_WEBHOOK_SECRETS if secret.strip()]


def _verified(body: bytes, header: str) -> Any:
    """The event in a body that one of our secrets has signed, just now. Raises Forged."""
    for secret in _secrets():
        try:
            stripe.WebhookSignature.verify_header(body, header, secret, TOLERANCE_SECONDS)
            _require_past(header)
            return json.loads(body)
        except (stripe.SignatureVerificationError, ValueError, RecursionError):
            continue  # the latter two: not UTF-8, not JSON, or nested as no event is
    raise Forged


def _require_past(header: str) -> None:
    """The SDK takes a signature from any future, which would then be good for as long."""
    stamps = [part[2:] for part in header.split(",") if part.startswith("t=")]
    if not stamps or int(stamps[0]) > time.time() + TOLERANCE_SECONDS:
        raise Forged


def _is_snapshot(event: Any) -> bool:
    """Whether it carries the object that it is about, as those that we act on do."""
    if not isinstance(event, dict):
        return False
    data = event.get("data")
    return (
        isinstance(event.get("id"), str)
        and isinstance(event.get("type"), str)
        and isinstance(event.get("created"), int)
        and isinstance(data, dict)
        and isinstance(data.get("object"), dict)
    )


def _answer(status: int, outcome: str) -> JsonResponse:
    return JsonResponse({"outcome": outcome}, status=status)
