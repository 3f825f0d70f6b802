"""At most five wrong passwords in fifteen minutes for an e-mail address from one network.

An attempt is counted before its password is checked: many at once gain nothing. Counts live in
Django's cache. Whether an account exists makes no difference.
"""

from __future__ import annotations

import hashlib
import ipaddress

from django.core.cache import cache

FAILURES_ALLOWED = 5
WINDOW_SECONDS = 15 * 60
IPV6_PREFIX_BITS = 64
"""One IPv6 customer owns a /64: its addresses count as one."""


def network_of(address: str) -> str:
    """What counts as one client, of an IP address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX_BITS), strict=False))


def _counter(email: str, address: str) -> str:
    who = f"{email.strip().lower()}|{network_of(address)}"
    return "log-in:" + hashlib.sha256(who.encode()).hexdigest()


def take_attempt(email: str, address: str) -> bool:
    """Count an attempt to log in; False when it must be refused unseen."""
    counter = _counter(email, address)
    cache.add(counter, 0, WINDOW_SECONDS)
    try:
        return bool(cache.incr(counter) <= FAILURES_ALLOWED)
    except ValueError:  # it ran out between the two lines: a new window begins
        cache.set(counter, 1, WINDOW_SECONDS)
        return True


def forget(email: str, address: str) -> None:
    """A log-in that succeeded starts afresh."""
    cache.delete(_counter(email, address))
