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
from wallet import offers, pricing
from wallet.api.spelling import cents_and_usd, plain_number
from wallet.models import Rate
from wallet.models.payments import MAX_TOPUP_CENTS, MIN_TOPUP_CENTS
from wallet.offers import Offer
from wallet.pricing import Priced
from wallet.serializers import QuoteSerializer

MINUTES_PER_HOUR = 60


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of so much audio, as of now. mode: empty where the service has none."""

    rate: Rate
    mode: str
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
            "service_type": self.rate.service_type,
            **({"mode": self.mode} if self.mode else {}),
            "duration_seconds": plain_number(seconds),
            "duration_minutes": round(seconds / 60, 2),
            "rate_per_minute": _per_minute(self.rate),
            **cents_and_usd("cost", self.cost_cents),
            "cost_micros": self.cost_micros,
            "description": _description(self.rate),
        }


def quote_of(request: Request) -> Quote:
    """What a request asks the price of.

    Raises ValidationError, and Problem (400) for a service without a price and an unknown mode.
    """
    asked = QuoteSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    priced = _priced(asked.validated_data["service_type"])
    mode = _mode(priced.offer, asked.validated_data.get("mode"))
    return Quote(priced.rate_of(mode), mode, asked.validated_data["duration_seconds"])


def _priced(name: str) -> Priced:
    """What is sold under a name or an alias. Raises Problem (400)."""
    sold = {priced.offer: priced for priced in pricing.price_list()}
    offer = offers.get(name)
    if offer is None or offer not in sold:
        names = ", ".join(offer.service_type for offer in sold)
        raise Problem(
            f"There is no service {name!r} here. Use one of these: {names}.",
            param="service_type",
            code="invalid_value",
        )
    return sold[offer]


def _mode(offer: Offer, asked: str | None) -> str:
    """The mode that is asked for, or the usual one. Raises Problem (400)."""
    if not asked:
        return offer.default_mode
    if asked not in offer.modes:
        hint = f"Use one of these: {', '.join(offer.modes)}." if offer.modes else "Leave it out."
        raise Problem(
            f"{offer.service_type} has no mode {asked!r}. {hint}",
            param="mode",
            code="invalid_value",
        )
    return asked


class OpenView(APIView):
    """What everybody may see: a key is neither needed nor looked at."""

    authentication_classes: list[type[BaseAuthentication]] = []
    permission_classes = [AllowAny]


class PricingView(OpenView):
    """Every price, and how much one may top up."""

    def get(self, request: Request) -> Response:
        services = {priced.offer.service_type: _prices(priced) for priced in pricing.price_list()}
        wallet = {
            **cents_and_usd("minimum_topup", MIN_TOPUP_CENTS),
            **cents_and_usd("maximum_topup", MAX_TOPUP_CENTS),
            "currency": "USD",
        }
        return Response({"services": services, "wallet": wallet})


class ServiceTypesView(OpenView):
    """What `service_type` may be."""

    def get(self, request: Request) -> Response:
        return Response([offer.service_type for offer in pricing.rates_now()])


class EstimateView(OpenView):
    """What so much of a service costs."""

    def post(self, request: Request) -> Response:
        return Response(quote_of(request).body())


def _prices(priced: Priced) -> dict[str, Any]:
    """Of a service, and of those of its modes that have a price of their own."""
    modes = {mode: _price(rate) for mode, rate in priced.modes.items()}
    return _price(priced.rate) | ({"modes": modes} if modes else {})


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
    return rate.description or str(rate.label)
