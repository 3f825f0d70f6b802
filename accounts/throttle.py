"""At most five wrong passwords in fifteen minutes for an e-mail address from one network.

An attempt is counted before its password is checked, so many at once gain nothing. The counts are
in Django's cache. It makes no difference whether the account exists.
"""

from __future__ import annotations

import hashlib
import ipaddress

from django.core.cache import cache

FAILURES_ALLOWED = 5
WINDOW_SECONDS = 15 * 60
IPV6_PREFIX_BITS = 64
"""A provider gives one customer a /64, so its addresses count as one client."""


def network_of(address: str) -> str:
    """The network that counts as one client: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX_BITS), strict=False))


def _cache_key(email: str, address: str) -> str:
    who = f"{email.strip().lower()}|{network_of(address)}"
    return "log-in:" + hashlib.sha256(who.encode()).hexdigest()


def take_attempt(email: str, address: str) -> bool:
    """Count an attempt to log in. False: refuse it without checking the password."""
    counter = _cache_key(email, address)
    cache.add(counter, 0, WINDOW_SECONDS)
    try:
        return bool(cache.incr(counter) <= FAILURES_ALLOWED)
    except ValueError:  # the count expired between the two lines: a new window begins
        cache.set(counter, 1, WINDOW_SECONDS)
        return True


def reset(email: str, address: str) -> None:
    """Forget the failed attempts, after a log-in that succeeded."""
    cache.delete(_cache_key(email, address))
