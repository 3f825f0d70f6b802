"""What a minute of a service costs, now or at any other moment."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from wallet.models import Rate, Service

__all__ = ["NoRate", "Service", "price_now", "prices_now", "rates_now"]


class NoRate(LookupError):
    """No rate of the service has begun: it cannot be sold."""

    def __init__(self, service: str) -> None:
        super().__init__(f"{service} has no price yet: add a rate that has begun, in the admin.")
        self.service = service


def price_now(service: Service, at: datetime | None = None) -> int:
    """Micro-dollars per minute. Raises NoRate when no rate of the service has begun."""
    rate = Rate.objects.filter(service=service).effective(at or timezone.now()).first()
    if rate is None:
        raise NoRate(service)
    return rate.price_micros_per_minute


def rates_now(at: datetime | None = None) -> dict[Service, Rate]:
    """The rate of every service that has a price, in the order of `Service`."""
    newest: dict[str, Rate] = {}
    for rate in Rate.objects.all().effective(at or timezone.now()):
        newest.setdefault(rate.service, rate)
    return {service: newest[service] for service in Service if service in newest}


def prices_now(at: datetime | None = None) -> dict[Service, int]:
    """Micro-dollars per minute of every service that has a price, in the order of `Service`."""
    return {service: rate.price_micros_per_minute for service, rate in rates_now(at).items()}
