"""Facts about this server, read from the code and the settings that decide them."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.models import ApiKey, User
from accounts.scopes import scope_choices
from audio.codecs.encode import OUTPUT_RATE
from audio.codecs.verdict import FORMATS
from audio_api import registry
from audio_api.http import model_list
from audio_api.openapi.document import document
from audiopod.common import idempotency, money
from dashboard.docs import error_codes
from dashboard.docs.examples import base_url
from dashboard.docs.limits import duration, limits, size
from voices.catalogue import catalogue
from wallet import pricing
from wallet.models.payments import MAX_TOPUP_CENTS, MIN_TOPUP_CENTS
from webhooks.events import Event


@dataclass(frozen=True, slots=True)
class Endpoint:
    """scope: "" for any key; is_open: whether it answers without a key."""

    method: str
    path: str
    summary: str
    tag: str
    scope: str
    is_open: bool


def facts() -> dict[str, Any]:
    """The context of every page. What costs a query or time is a function: a page that shows it
    calls it."""
    of_services = ChainMap(*(module.facts() for module in registry.facts()))
    return {
        **of_services,
        "base_url": base_url(),
        "public_url": settings.PUBLIC_URL,
        "upload_formats": FORMATS,
        "output_khz": OUTPUT_RATE // 1000,
        "upload_mib": size(settings.MAX_UPLOAD_BYTES),
        "audio_length": duration(settings.MAX_AUDIO_SECONDS),
        "link_hold": duration(settings.URL_INTAKE_HOLD_SECONDS),
        "idempotency": duration(settings.IDEMPOTENCY_SECONDS),
        "idempotency_characters": idempotency.MAX_CHARACTERS,
        "min_topup": money.usd_cents(MIN_TOPUP_CENTS),
        "max_topup": money.usd_cents(MAX_TOPUP_CENTS),
        "limits": limits,
        "prices": pricing.price_list,
        "scopes": scope_choices(),
        "models": model_list.NAMES,
        "openai_voices": catalogue().openai_names,
        "error_sections": error_codes.sections(),
        "endpoints": endpoints,
        "webhook_events": Event.choices,
        "webhook_endpoints": settings.MAX_WEBHOOK_ENDPOINTS,
        "webhook_days": settings.WEBHOOK_LOG_DAYS,
    }


def endpoints() -> dict[str, list[Endpoint]]:
    """Every endpoint of the API's own description, by what it belongs to."""
    found: dict[str, list[Endpoint]] = {}
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            endpoint = _endpoint(method, path, operation)
            found.setdefault(endpoint.tag, []).append(endpoint)
    return found


def _endpoint(method: str, path: str, operation: dict[str, Any]) -> Endpoint:
    ways = operation.get("security", [])
    scopes = [scope for way in ways for names in way.values() for scope in names]
    summary, tag = operation["summary"], operation["tags"][0]
    is_open = {} in ways
    return Endpoint(method.upper(), path, summary, tag, next(iter(scopes), ""), is_open)


def key_of_reader(request: HttpRequest) -> Callable[[], ApiKey | None]:
    """Finds the newest usable key of the reader who is logged in, when a page asks for it."""

    def find() -> ApiKey | None:
        if not isinstance(request.user, User):
            return None
        return ApiKey.objects.for_user(request.user).usable().first()

    return find
