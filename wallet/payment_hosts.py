"""Where our forms may lead browsers: to this site, and to the payment provider's pages.

Browsers hold redirects in answer to a form against the page's `form-action` too.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse

STRIPE_PAGES = ("https://checkout.stripe.com", "https://billing.stripe.com")


def allowed() -> list[str]:
    """The origins of the provider's pages: Stripe's, or the fake one's."""
    if not settings.STRIPE_SECRET_KEY:
        return []
    if settings.STRIPE_API_BASE:
        return [_origin(settings.STRIPE_API_BASE)]
    return list(STRIPE_PAGES)


def may_lead_to(url: str) -> bool:
    """Not so for a Checkout at a domain of one's own."""
    return _origin(url) in allowed()


def allow(response: HttpResponse) -> HttpResponse:
    """Let the forms of this page lead to the payment provider."""
    # What csp.decorators.csp_update does, which knows no hosts that change with the settings.
    response._csp_update = {"form-action": allowed()}  # type: ignore[attr-defined]
    return response


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
