"""A first price for each service that has none, so that what is offered can be sold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.apps.registry import Apps
from django.apps.registry import apps as installed

from audio_api import registry

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)


def make_missing(apps: Apps = installed, using: str = "default", **_signal: Any) -> None:
    """Add a rate for each service without any; operators change it in the admin.

    Connected to `post_migrate`: the migrations of one app alone may leave no table for it, or one
    of an earlier form.
    """
    if not _has_basis(apps):
        return
    rates = apps.get_model("wallet", "Rate").objects.using(using)
    priced = set(rates.values_list("service_type", flat=True))
    for service in registry.services():
        if service.offer.service_type not in priced:
            rates.create(
                service_type=service.offer.service_type,
                basis=service.offer.basis.value,
                price_micros_per_minute=service.price_micros_per_minute,
                effective_from=BEGINNING,
            )


def _has_basis(apps: Apps) -> bool:
    try:
        rate = apps.get_model("wallet", "Rate")
    except LookupError:
        return False
    return "basis" in {field.name for field in rate._meta.get_fields()}
