"""Rate limits: of keys, of wrong keys from one address, and of changes to an account.

The `limits` library counts over a sliding minute, in Redis where it is configured, so that all web
processes count together. When Redis does not answer, a request goes on uncounted and a metric
says so: a limit protects the service and must not stop it.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.translation import gettext as _
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from prometheus_client import Counter
from redis import ConnectionPool

from accounts.models import ApiKey, User
from accounts.throttle import network_of
from audiopod.common import redis_clients
from audiopod.common.problem import Problem

log = logging.getLogger(__name__)

REDIS_SECONDS = 0.25
"""How long a request waits for the counter: a counter that is stuck must not stop requests."""

MAX_RETRY_SECONDS = 60
"""OpenAI's clients ignore a longer `Retry-After`."""

UNCOUNTED = Counter(
    "audiopod_limiter_failures_total",
    "Requests that went on uncounted because the store of the rate limits did not answer.",
)


@dataclass(frozen=True, slots=True)
class Allowance:
    """The answer of a limit to one request."""

    granted: bool
    limit: int
    remaining: int
    reset_seconds: float
    """The time until one more request is granted than now."""

    @property
    def retry_seconds(self) -> int:
        """The time to wait in whole seconds, rounded up, at most MAX_RETRY_SECONDS."""
        return min(MAX_RETRY_SECONDS, math.floor(self.reset_seconds) + 1)

    def headers(self) -> dict[str, str]:
        """The headers in which OpenAI sends a limit."""
        return {
            "x-ratelimit-limit-requests": str(self.limit),
            "x-ratelimit-remaining-requests": str(self.remaining),
            "x-ratelimit-reset-requests": as_duration(self.reset_seconds),
        }


def take_request(key: ApiKey) -> Allowance | None:
    """Count a paid request of a key. None: there is no limit, or the counter does not answer."""
    limit = key.requests_per_minute
    if limit is None:
        limit = settings.RATE_LIMIT_PER_MINUTE
    return _take("key", str(key.pk), limit)


def take_playground_run(user: User) -> Allowance | None:
    """Count a paid request of the playground, which has no key."""
    return _take("playground", str(user.pk), settings.RATE_LIMIT_PER_MINUTE)


def take_wrong_key(address: str) -> Allowance | None:
    """Count a request with a wrong key from an IP address."""
    return _take("wrong-key", network_of(address), settings.BAD_KEYS_PER_MINUTE)


def count_account_change(user: User) -> None:
    """Count a request of an account for a key, a top-up or credit for a promo code.

    Raises Problem (429) after too many, so that cards and codes cannot be tried one by one.
    """
    allowance = _take("change", str(user.pk), settings.ACCOUNT_CHANGES_PER_MINUTE)
    if allowance is not None and not allowance.granted:
        raise _too_many_changes(allowance)


def rate_limit_reached(allowance: Allowance, *, of: str = "this API key") -> Problem:
    """429 in OpenAI's words; its clients try again after `Retry-After`."""
    seconds = allowance.retry_seconds
    return Problem(
        f"Rate limit reached for {of} on requests per min. Limit: {allowance.limit} / min."
        f" Please try again in {seconds}s.",
        status=429,
        type="requests",
        code="rate_limit_exceeded",
        headers={"Retry-After": str(seconds), **allowance.headers()},
    )


def too_many_wrong_keys(allowance: Allowance) -> Problem:
    """429 for an address that goes on sending wrong keys. Clients do not retry it."""
    seconds = allowance.retry_seconds
    return Problem(
        "Too many requests with an incorrect API key came from your address. Please check the key"
        f" and try again in {seconds}s.",
        status=429,
        type="requests",
        code="rate_limit_exceeded",
        headers={"Retry-After": str(seconds), "x-should-retry": "false"},
    )


def _too_many_changes(allowance: Allowance) -> Problem:
    seconds = allowance.retry_seconds
    return Problem(
        _(
            "This account has asked for API keys, top-ups, promo codes or webhooks too often."
            " Limit: %(limit)d / min. Please try again in %(seconds)ds."
        )
        % {"limit": allowance.limit, "seconds": seconds},
        status=429,
        type="requests",
        code="rate_limit_exceeded",
        headers={"Retry-After": str(seconds)},
    )


def as_duration(seconds: float) -> str:
    """`20ms`, `1.2s`, `1m30s`: durations as OpenAI writes them in its headers."""
    milliseconds = math.ceil(seconds * 1000)
    if milliseconds < 1000:
        return f"{milliseconds}ms"
    minutes, rest = divmod(milliseconds / 1000, 60)
    return (f"{minutes:.0f}m" if minutes else "") + f"{round(rest, 3):g}s"


def _take(kind: str, who: str, limit: int) -> Allowance | None:
    if not limit:
        return None
    item = RateLimitItemPerMinute(limit)
    limiter = _limiter(settings.REDIS_URL)
    try:
        granted = limiter.hit(item, kind, who)
        reset_at, remaining = limiter.get_window_stats(item, kind, who)
    except StorageError as error:
        UNCOUNTED.inc()
        log.warning("a request goes on uncounted: %r", error.storage_error)
        return None
    reset_seconds = reset_at - time.time()
    if reset_seconds <= 0:  # the window begins at this moment
        reset_seconds = item.get_expiry()
    return Allowance(granted, limit, int(remaining), reset_seconds)


@cache
def _limiter(redis_url: str) -> SlidingWindowCounterRateLimiter:
    """The counter of this process, or of all processes that share a Redis."""
    if not redis_url:
        return SlidingWindowCounterRateLimiter(MemoryStorage())
    options = redis_clients.OPTIONS | {"socket_connect_timeout": REDIS_SECONDS}
    pool = ConnectionPool.from_url(redis_url, socket_timeout=REDIS_SECONDS, **options)
    storage = RedisStorage(
        redis_url, connection_pool=pool, key_prefix="ap-limits", wrap_exceptions=True
    )
    return SlidingWindowCounterRateLimiter(storage)
