"""The wallet's own endpoints, in the shape of AudioPod's."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from audiopod.common import money
from wallet import services


def balance_body(balance: services.Balance) -> dict[str, Any]:
    """The answer to `GET balance`.

    Cents are rounded down, but spent is what makes the three add up: topup = balance + spent.
    """
    micros = {
        "balance": balance.posted_micros,
        "available": balance.available_micros,
        "total_topup": balance.credited_micros,
        "total_spent": 0,
    }
    cents = {name: money.whole_cents(amount) for name, amount in micros.items()}
    cents["total_spent"] = cents["total_topup"] - cents["balance"]
    body: dict[str, Any] = {}
    for name, amount in cents.items():
        body[f"{name}_cents"] = amount
        body[f"{name}_usd"] = money.usd(amount * money.MICROS_PER_CENT)
    return body | {
        "low_balance_warning": balance.available_micros < settings.LOW_BALANCE_MICROS,
        "warning_threshold_cents": money.whole_cents(settings.LOW_BALANCE_MICROS),
        "balance_micros": balance.posted_micros,
        "held_micros": balance.held_micros,
        "available_micros": balance.available_micros,
    }


class BalanceView(APIView):
    """What the account of the key has, has been given and has spent."""

    def get(self, request: Request) -> Response:
        user = cast(User, request.user)
        return Response(balance_body(services.balance(user)))
