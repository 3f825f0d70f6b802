"""`/api/v1/credits`: the wallet as it looks to programs that were written for credits.

This server has no credits and no plans: all there is was paid as one goes. What is available is
rounded down, and what was used is rounded up.
"""

from __future__ import annotations

from typing import Any, cast

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.scopes import Scope
from audio_api import registry
from audio_api.models import Job
from audio_api.native.listing import list_answer
from audiopod.common.money import MICROS_PER_USD
from wallet import pricing, services
from wallet.api.spelling import plain_number

CREDITS_PER_USD = 7_500
PAID_AS_ONE_GOES = "payg"


def credits_down(micros: int) -> int:
    """Whole credits, rounded down: a balance is never shown larger than it is."""
    return micros * CREDITS_PER_USD // MICROS_PER_USD


def credits_up(micros: int) -> int:
    """Whole credits, rounded up: a cost is never shown smaller than it is."""
    return -credits_down(-micros)


class CreditsView(APIView):
    """`GET /api/v1/credits`"""

    required_scopes = (Scope.WALLET_READ,)

    def get(self, request: Request) -> Response:
        return Response(balance_body(services.balance(cast(User, request.user))))


class CreditUsageView(APIView):
    """`GET /api/v1/credits/usage`: what was charged for, the newest first."""

    required_scopes = (Scope.WALLET_READ,)

    def get(self, request: Request) -> Response:
        jobs = Job.objects.for_user(cast(User, request.user)).filter(cost_micros__gt=0)
        return list_answer(request, jobs, usage_row)


class CreditMultipliersView(APIView):
    """`GET /api/v1/credits/multipliers`: what a minute of each service costs."""

    required_scopes = (Scope.WALLET_READ,)

    def get(self, request: Request) -> Response:
        return Response(
            {
                offer.service_type: plain_number(price * CREDITS_PER_USD / MICROS_PER_USD)
                for offer, price in pricing.prices_now().items()
            }
        )


def balance_body(balance: services.Balance) -> dict[str, Any]:
    """Used is what makes purchased the sum of it and of what is left."""
    left = credits_down(balance.posted_micros)
    available = max(0, credits_down(balance.available_micros))
    purchased = credits_down(balance.credited_micros)
    return {
        "credits_balance": 0,
        "balance": 0,
        "payg_balance": available,
        "total_available_credits": available,
        "total_credits_used": purchased - left,
        "total_payg_credits_purchased": purchased,
        "credits_per_month": 0,
        "last_reset_at": None,
        "next_reset_date": None,
    }


def usage_row(job: Job) -> dict[str, Any]:
    return {
        "id": str(job.pk),
        "user_credits_id": job.user_id,
        "credits_used": credits_up(job.cost_micros),
        "service_type": registry.get(job.kind).offer.service_type,
        "audio_duration": plain_number(job.audio_seconds),
        "credit_source": PAID_AS_ONE_GOES,
        "created_at": job.created_at,
        "usage_metadata": {
            "job_id": job.public_id,
            "model": job.model,
            "amount_micros": job.cost_micros,
        },
    }
