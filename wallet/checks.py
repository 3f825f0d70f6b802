"""What `manage.py check` says of the settings of payments."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register

from wallet.gateway import is_live_key

SECRET_KEY = re.compile(r"(sk|rk)_(test|live)_\S+")
PUBLISHABLE_KEY = re.compile(r"pk_(test|live)_\S+")
PREFIX = "STRIPE_"


@register()
def payments(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Without any key there are no top-ups, and nothing to say."""
    secret_key = settings.STRIPE_SECRET_KEY
    always = [*_publishable_key(), *_unknown_names()]
    if not secret_key:
        return [*always, *_without_key()]
    if not SECRET_KEY.fullmatch(secret_key):  # nothing can be said of its mode
        return [*always, *_webhooks(), _no_secret_key()]
    return [*always, *_webhooks(), *_modes(secret_key), *_addresses(secret_key)]


def _publishable_key() -> list[CheckMessage]:
    key = settings.STRIPE_PUBLISHABLE_KEY
    if not key or PUBLISHABLE_KEY.fullmatch(key):
        return []
    hint = "A publishable key begins with pk_test_ or pk_live_. This one is shown to customers:"
    hint += " a secret key that stood here is to be rolled in Stripe's dashboard."
    message = "STRIPE_PUBLISHABLE_KEY is no publishable key."
    return [Error(message, hint=hint, id="wallet.E006")]


def _unknown_names() -> list[CheckMessage]:
    """Each setting is named as its variable."""
    known = [name for name in dir(settings) if name.startswith(PREFIX)]
    return [
        checks.Warning(
            f"{name} is set in the environment, and nothing reads it.",
            hint=f"There are {', '.join(known)}.",
            id="wallet.W004",
        )
        for name in sorted(os.environ)
        if name.startswith(PREFIX) and name not in known
    ]


def _no_secret_key() -> CheckMessage:
    hint = "A secret key begins with sk_test_ or sk_live_, a restricted one with rk_."
    return Error("STRIPE_SECRET_KEY is no secret key.", hint=hint, id="wallet.E002")


def _without_key() -> list[CheckMessage]:
    if any(secret.strip() for secret in settings.STRIPE_WEBHOOK_SECRETS):
        message = "There is a webhook secret and no STRIPE_SECRET_KEY: no payment is accepted."
        return [checks.Warning(message, hint="Set both, or neither.", id="wallet.W002")]
    return []


def _webhooks() -> list[CheckMessage]:
    secrets = [secret.strip() for secret in settings.STRIPE_WEBHOOK_SECRETS]
    if not any(secrets):
        return [
            Error(
                "Payments would be taken and never credited: there is no webhook secret.",
                hint=f"Add an endpoint {settings.PUBLIC_URL}/webhooks/stripe in Stripe's dashboard"
                " and put its signing secret into STRIPE_WEBHOOK_SECRETS.",
                id="wallet.E001",
            )
        ]
    if not all(secret.startswith("whsec_") for secret in secrets):
        hint = "A signing secret begins with whsec_; it is shown on the endpoint's page."
        return [
            checks.Warning(
                "STRIPE_WEBHOOK_SECRETS has something else.", hint=hint, id="wallet.W003"
            )
        ]
    return []


def _modes(secret_key: str) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    public = settings.STRIPE_PUBLISHABLE_KEY
    if PUBLISHABLE_KEY.fullmatch(public) and is_live_key(public) != is_live_key(secret_key):
        hint = "Take both keys from the same page of Stripe's dashboard."
        message = "STRIPE_PUBLISHABLE_KEY and STRIPE_SECRET_KEY are of different modes."
        found.append(Error(message, hint=hint, id="wallet.E003"))
    if settings.DEMO_PAYMENTS and not settings.STRIPE_API_BASE:
        hint = "Take DEMO_PAYMENTS away: `make run` sets it where payments are pretend ones."
        found.append(Error("DEMO_PAYMENTS is set with a real key.", hint=hint, id="wallet.E004"))
    return found


def _addresses(secret_key: str) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not is_live_key(secret_key):
        return found
    if settings.STRIPE_API_BASE:
        hint = "Take STRIPE_API_BASE away: a live key belongs to Stripe alone."
        message = "A live key would be sent to another address than Stripe's."
        found.append(Error(message, hint=hint, id="wallet.E005"))
    if not settings.HTTPS:
        hint = "Set PUBLIC_URL to an https:// address."
        message = "Real payments, and PUBLIC_URL is not https."
        found.append(checks.Warning(message, hint=hint, id="wallet.W001"))
    return found
