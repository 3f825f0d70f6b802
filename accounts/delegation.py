"""An API key makes only keys that may do no more than it may itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from accounts import networks as places
from accounts import scopes
from accounts.models import ApiKey
from audiopod.common.problem import Problem

OWN_LIMITS = {
    "monthly_limit_micros": "a monthly budget",
    "total_limit_micros": "a total budget",
    "requests_per_minute": "a rate limit of its own",
    "max_concurrent_jobs": "a limit of jobs of its own",
}
"""A key with one of these limits makes no keys: the new key would not have the limit."""


def require_may_make(
    maker: ApiKey,
    *,
    wanted: Iterable[str],
    expires_at: datetime | None,
    networks: Sequence[str],
) -> None:
    """Raises Problem (403) unless `maker` may make a key with these scopes, expiry and networks."""
    _require_no_limits(maker)
    if lacking := scopes.missing(maker, wanted):
        raise _forbidden(
            f"This API key does not have the scopes {', '.join(lacking)}, and so cannot make a key"
            " that has them. Ask for scopes that it has."
        )
    if maker.expires_at is not None and (expires_at is None or expires_at > maker.expires_at):
        raise _lives_too_long(maker.expires_at)
    if not places.covers(maker.allowed_networks, networks):
        raise _forbidden(
            "This API key may be used only from some networks, and a key that it makes may not be"
            f" used from others. Send allowed_networks within {', '.join(maker.allowed_networks)}."
        )


def _require_no_limits(maker: ApiKey) -> None:
    own = [words for name, words in OWN_LIMITS.items() if getattr(maker, name) is not None]
    if own:
        raise _forbidden(
            f"This API key has {' and '.join(own)}, which a key that it makes would escape. Make"
            " the key in the dashboard, or with a key that has no limits."
        )


def _lives_too_long(until: datetime) -> Problem:
    days = (until - timezone.now()) // timedelta(days=1)
    remedy = f"Send expires_in_days of at most {days}." if days else "Use another key."
    return _forbidden(
        f"This API key expires at {until:%Y-%m-%d %H:%M} UTC, and a key that it makes may not"
        f" outlive it. {remedy}"
    )


def _forbidden(message: str) -> Problem:
    return Problem(message, status=403, code="beyond_this_key")
