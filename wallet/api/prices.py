"""What things cost. Nobody needs a key to ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audiopod.common import money
from audiopod.common.problem import Problem
from wallet import pricing
from wallet.api.spelling import cents_and_usd, plain_number
from wallet.models import Rate
from wallet.models.payments import MAX_TOPUP_CENTS, MIN_TOPUP_CENTS
from wallet.serializers import QuoteSerializer

MINUTES_PER_HOUR = 60


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of so much audio, as of now."""

    rate: Rate
    duration_ms: int

    @property
    def cost_micros(self) -> int:
        return money.cost_micros(self.duration_ms, self.rate.price_micros_per_minute)

    @property
    def cost_cents(self) -> int:
        """Rounded up: a cost is never shown smaller than it is."""
        return money.cents_up(self.cost_micros)

    def body(self) -> dict[str, Any]:
        seconds = self.duration_ms / 1000
        return {
            "service_type": self.rate.service,
            "duration_seconds": plain_number(seconds),
            "duration_minutes": round(seconds / 60, 2),
            "rate_per_minute": _per_minute(self.rate),
            **cents_and_usd("cost", self.cost_cents),
            "cost_micros": self.cost_micros,
            "description": _description(self.rate),
        }


def quote_of(request: Request) -> Quote:
    """What a request asks the price of. Raises ValidationError, and Problem (400) for a service
    that has no price."""
    asked = QuoteSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    service, sold = asked.validated_data["service_type"], pricing.rates_now()
    if service not in sold:
        raise Problem(
            f"There is no service {service!r} here. Use one of these: {', '.join(sold)}.",
            param="service_type",
            code="invalid_value",
        )
    return Quote(sold[service], asked.validated_data["duration_seconds"])


class OpenView(APIView):
    """What everybody may see: a key is neither needed nor looked at."""

    authentication_classes: list[type[BaseAuthentication]] = []
    permission_classes = [AllowAny]


class PricingView(OpenView):
    """Every price, and how much one may top up."""

    def get(self, request: Request) -> Response:
        services = {str(name): _price(rate) for name, rate in pricing.rates_now().items()}
        wallet = {
            **cents_and_usd("minimum_topup", MIN_TOPUP_CENTS),
            **cents_and_usd("maximum_topup", MAX_TOPUP_CENTS),
            "currency": "USD",
        }
        return Response({"services": services, "wallet": wallet})


class ServiceTypesView(OpenView):
    """What `service_type` may be."""

    def get(self, request: Request) -> Response:
        return Response([str(service) for service in pricing.rates_now()])


class EstimateView(OpenView):
    """What so much of a service costs."""

    def post(self, request: Request) -> Response:
        return Response(quote_of(request).body())


def _price(rate: Rate) -> dict[str, Any]:
    price = rate.price_micros_per_minute
    return {
        "rate_per_minute": _per_minute(rate),
        "rate_per_hour": money.usd_exact(price * MINUTES_PER_HOUR),
        "cents_per_minute": plain_number(price / money.MICROS_PER_CENT),
        "price_micros_per_minute": price,
        "description": _description(rate),
    }


def _per_minute(rate: Rate) -> str:
    return f"{money.usd_exact(rate.price_micros_per_minute)}/min"


def _description(rate: Rate) -> str:
    return rate.description or rate.get_service_display()
