"""What `manage.py check` says of the settings of payments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register

from wallet.gateway import is_live_key


@register()
def payments(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Without any key there are no top-ups, and nothing to say."""
    secret_key = settings.STRIPE_SECRET_KEY
    if not secret_key:
        return _without_key()
    return [*_webhooks(), *_modes(secret_key), *_addresses(secret_key)]


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
    publishable_key = settings.STRIPE_PUBLISHABLE_KEY
    if not secret_key.startswith(("sk_", "rk_")):
        hint = "A secret key begins with sk_, a restricted one with rk_."
        found.append(Error("STRIPE_SECRET_KEY is no secret key.", hint=hint, id="wallet.E002"))
    if publishable_key and is_live_key(publishable_key) != is_live_key(secret_key):
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
