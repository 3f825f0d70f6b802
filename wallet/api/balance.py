"""What an account has, and whether it is enough."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiKey, User
from accounts.scopes import Scope
from audiopod.common import money
from wallet import services
from wallet.api.prices import quote_of
from wallet.api.spelling import cents_and_usd


def balance_body(balance: services.Balance, warn_below_micros: int) -> dict[str, Any]:
    """The answer to `GET balance`.

    Cents are rounded down, but spent is what makes the three add up: topup = balance + spent.
    """
    micros = {
        "balance": balance.posted_micros,
        "available": balance.available_micros,
        "total_topup": balance.credited_micros,
    }
    cents = {name: money.whole_cents(amount) for name, amount in micros.items()}
    cents["total_spent"] = cents["total_topup"] - cents["balance"]
    cents["debt"] = money.cents_up(balance.debt_micros)
    body: dict[str, Any] = {}
    for name, amount in cents.items():
        body |= cents_and_usd(name, amount)
    return body | {
        "low_balance_warning": balance.available_micros < warn_below_micros,
        "warning_threshold_cents": money.whole_cents(warn_below_micros),
        "balance_micros": balance.posted_micros,
        "held_micros": balance.held_micros,
        "available_micros": balance.available_micros,
        "debt_micros": balance.debt_micros,
        "is_frozen": balance.is_frozen,
    }


class BalanceView(APIView):
    """What the account of the key has, has been given and has spent."""

    required_scopes = (Scope.WALLET_READ,)

    def get(self, request: Request) -> Response:
        user = cast(User, request.user)
        threshold = user.warn_below_micros
        if threshold is None:
            threshold = settings.LOW_BALANCE_MICROS
        return Response(balance_body(services.balance(user), threshold))


class CheckBalanceView(APIView):
    """Whether the account, and the budgets of the key, cover so much of a service now."""

    required_scopes = (Scope.WALLET_READ,)

    def post(self, request: Request) -> Response:
        """Raises as `quote_of`, and as services.require_funds what comes to the client as 402."""
        quote = quote_of(request)
        user, key = cast(User, request.user), cast(ApiKey, request.auth)
        services.require_funds(user, key, max(1, quote.cost_micros))
        available = services.available(user)
        whole = money.whole_cents(available)
        return Response(
            {
                "can_proceed": True,
                "sufficient": True,
                **quote.body(),
                **cents_and_usd("current_balance", whole),
                "required_cents": quote.cost_cents,
                "available_cents": whole,
                "available_micros": available,
            }
        )
