"""How often a key may be used, and how often somebody may be wrong about one.

Counted by the `limits` library over a sliding minute, in Redis where there is one, so that all
web processes count together. When the counter does not answer, the request goes on and that is
counted: a limit protects the service, and must not be what stops it.
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
from redis.backoff import NoBackoff
from redis.retry import Retry

from accounts.models import ApiKey, User
from accounts.throttle import network_of
from audiopod.common.problem import Problem

log = logging.getLogger(__name__)

REDIS_SECONDS = 0.25
"""How long a request waits for the counter: one that is stuck must not hold up everybody."""

MAX_RETRY_SECONDS = 60
"""OpenAI's clients take no longer wait from a `Retry-After` than this."""

UNCOUNTED = Counter(
    "audiopod_limiter_failures_total",
    "Requests that went on uncounted because the store of the rate limits did not answer.",
)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a limit says to one request."""

    granted: bool
    limit: int
    remaining: int
    reset_seconds: float
    """Until there is room for one more than now."""

    @property
    def retry_seconds(self) -> int:
        """Whole seconds, and not one too few: the moment itself is still too early."""
        return min(MAX_RETRY_SECONDS, math.floor(self.reset_seconds) + 1)

    def headers(self) -> dict[str, str]:
        """The headers by which OpenAI tells applications."""
        return {
            "x-ratelimit-limit-requests": str(self.limit),
            "x-ratelimit-remaining-requests": str(self.remaining),
            "x-ratelimit-reset-requests": as_duration(self.reset_seconds),
        }


def take_request(key: ApiKey) -> Allowance | None:
    """Count a paid request of a key; None where there is no limit or nothing can count."""
    limit = key.requests_per_minute
    if limit is None:
        limit = settings.RATE_LIMIT_PER_MINUTE
    return _take("key", str(key.pk), limit)


def take_playground_run(user: User) -> Allowance | None:
    """Count a paid request of an account's own pages, which bring no key."""
    return _take("playground", str(user.pk), settings.RATE_LIMIT_PER_MINUTE)


def take_wrong_key(address: str) -> Allowance | None:
    """Count a request with a wrong key from an IP address."""
    return _take("wrong-key", network_of(address), settings.BAD_KEYS_PER_MINUTE)


def count_account_change(user: User) -> None:
    """Count that an account asks for a key, a top-up or credit for a code.

    Raises Problem (429) where it asks too often: nobody shall try cards or codes here one by one.
    """
    allowance = _take("change", str(user.pk), settings.ACCOUNT_CHANGES_PER_MINUTE)
    if allowance is not None and not allowance.granted:
        raise _too_many_changes(allowance)


def rate_limit_reached(allowance: Allowance, *, of: str = "this API key") -> Problem:
    """429 in OpenAI's words; its clients try again when they are told to."""
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
    """429 for who keeps on with a key that does not open: the same again would not help."""
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
            "This account asks for API keys, top-ups and promo codes too often."
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
    if reset_seconds <= 0:  # a window that begins this very moment
        reset_seconds = item.get_expiry()
    return Allowance(granted, limit, int(remaining), reset_seconds)


@cache
def _limiter(redis_url: str) -> SlidingWindowCounterRateLimiter:
    """The counter of this process, or of all that share a Redis."""
    if not redis_url:
        return SlidingWindowCounterRateLimiter(MemoryStorage())
    pool = ConnectionPool.from_url(
        redis_url,
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    storage = RedisStorage(
        redis_url, connection_pool=pool, key_prefix="ap-limits", wrap_exceptions=True
    )
    return SlidingWindowCounterRateLimiter(storage)
