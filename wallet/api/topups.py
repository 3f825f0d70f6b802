"""Paying credit in, and what was paid."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import limits
from accounts.models import User
from accounts.scopes import Scope
from audiopod.common import features, money
from audiopod.common.idempotency import HEADER, idempotency_key
from audiopod.common.problem import Problem
from wallet import services, topups
from wallet.api.spelling import cents_and_usd
from wallet.models import Topup
from wallet.serializers import PageSerializer, RedeemSerializer, TopupSerializer

OUT_OF_RANGE = {"min_value", "max_value"}
NOT_CENTS = "amount_cents must be a whole number of cents, such as 2500."


class CreditView(APIView):
    """What brings credit. Limited for each account, so that cards and codes are not tried."""

    required_scopes = (Scope.WALLET_TOPUP,)

    def check_throttles(self, request: Request) -> None:
        if request.method == "POST":
            limits.count_account_change(_user(request))


class CheckoutView(CreditView):
    """A top-up that is paid on the provider's page."""

    def post(self, request: Request) -> Response:
        """Raises Problem: 400 for what is not an amount or is out of range, 422 for a key that was
        used; and wallet.gateway.GatewayError."""
        amount_cents, key = _amount_cents(request), idempotency_key(request._request)
        try:
            topup = topups.start_checkout(_user(request), amount_cents, idempotency_key=key)
        except services.IdempotencyConflict:
            raise _key_reused() from None
        return Response({"session_id": topup.session_id, "url": topup.url, **_begun(topup)})


class PaymentIntentView(CreditView):
    """A top-up that is paid in a page of the client's own."""

    def post(self, request: Request) -> Response:
        """Raises as that of CheckoutView."""
        amount_cents, key = _amount_cents(request), idempotency_key(request._request)
        try:
            topup, secret = topups.start_payment(_user(request), amount_cents, idempotency_key=key)
        except services.IdempotencyConflict:
            raise _key_reused() from None
        payment = {
            "client_secret": secret,
            "payment_intent_id": topup.payment_intent_id,
            "publishable_key": settings.STRIPE_PUBLISHABLE_KEY or None,
        }
        return Response(payment | _begun(topup), headers={"Cache-Control": "no-store"})


class RedeemView(CreditView):
    """Credit for a promo code, once for an account."""

    def post(self, request: Request) -> Response:
        """Raises Problem: 400 for a code that gives this account nothing, 503 when none does."""
        features.require(features.PROMO_CODES)
        asked = RedeemSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        user, code = _user(request), asked.validated_data["code"]
        try:
            entry = services.redeem(user=user, code=code)
        except services.PromoRefused as error:
            raise Problem(str(error), param="code", code="promo_refused") from None
        given = entry.promo_redemption.code.amount_micros
        left = services.balance(user)
        return Response(
            {
                "code": entry.promo_redemption.code.code,
                **cents_and_usd("amount", money.whole_cents(given)),
                "amount_micros": given,
                **cents_and_usd("balance", money.whole_cents(left.posted_micros)),
                "balance_micros": left.posted_micros,
                "debt_micros": left.debt_micros,
            }
        )


class TopupsView(APIView):
    """What the account has paid in, or meant to, the newest first."""

    required_scopes = (Scope.WALLET_READ,)

    def get(self, request: Request) -> Response:
        asked = PageSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        rows = Topup.objects.for_user(_user(request))[asked.window()]
        return Response(asked.answer("topups", [_row(topup) for topup in rows]))


def _row(topup: Topup) -> dict[str, Any]:
    return {
        "id": str(topup.pk),
        **cents_and_usd("amount", topup.amount_cents),
        "status": topup.status,
        "kind": topup.kind,
        "created_at": topup.created_at,
        "completed_at": topup.completed_at,
        "refunded_cents": topup.refunded_cents,
        "receipt_url": topup.receipt_url or None,
    }


def _begun(topup: Topup) -> dict[str, Any]:
    return {"topup_id": str(topup.pk), **cents_and_usd("amount", topup.amount_cents)}


def _amount_cents(request: Request) -> int:
    """The amount that is to be paid. Raises Problem (400) in AudioPod's words."""
    asked = TopupSerializer(data=request.data)
    try:
        asked.is_valid(raise_exception=True)
    except ValidationError as error:
        raise _no_amount(error) from None
    return cast(int, asked.validated_data["amount_cents"])


def _no_amount(error: ValidationError) -> Problem:
    codes = error.get_codes()
    found = codes.get("amount_cents") if isinstance(codes, dict) else None
    if not isinstance(found, list) or OUT_OF_RANGE.isdisjoint(found):
        return Problem(NOT_CENTS, param="amount_cents", code="invalid")
    return Problem(str(topups.InvalidAmount()), code="invalid_amount", is_bare=True)


def _key_reused() -> Problem:
    return Problem(
        f"This {HEADER} was used for another top-up. Use a new key for a new top-up.",
        status=422,
        param=HEADER,
        code="idempotency_key_reused",
    )


def _user(request: Request) -> User:
    return cast(User, request.user)
