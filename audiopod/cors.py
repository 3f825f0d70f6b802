"""Calls from web pages of other origins (https://fetch.spec.whatwg.org/#http-cors-protocol).

No credentials of the browser's are ever accepted: a page has to bring a key. That is why every
origin may call by default, and may read every header of an answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from audiopod.asgi_types import Headers, Scope

METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
PREFLIGHT_SECONDS = 7200
"""As long as browsers remember an answer at most."""
ANY = "*"
_HEADER_NAMES = re.compile(rb"[\w!#$%&'*+.^`|~, -]{1,4096}")


class Cors:
    """Which origins may call, and how a browser is told so."""

    def __init__(self, origins: Sequence[str]) -> None:
        """origins: such as `https://app.example.com`; a lone `*` for all, none for none."""
        self._all = ANY in origins
        self._origins = {origin.rstrip("/").encode() for origin in origins}

    def headers(self, scope: Scope) -> Headers:
        """What goes with every answer to this request."""
        origin = dict(scope["headers"]).get(b"origin")
        if self._all:
            return _allowed(b"*") if origin else []
        varies = (b"vary", b"Origin")
        if origin not in self._origins:
            return [varies] if self._origins else []
        return [varies, *_allowed(origin)]

    def preflight(self, scope: Scope) -> Headers | None:
        """What is added to the answer when a browser asks whether it may; None when it does not."""
        asked = dict(scope["headers"])
        if scope["method"] != "OPTIONS" or b"access-control-request-method" not in asked:
            return None
        if b"origin" not in asked:
            return None
        told = [
            (b"access-control-allow-methods", METHODS),
            (b"access-control-max-age", str(PREFLIGHT_SECONDS).encode()),
            (b"vary", b"Access-Control-Request-Headers"),
        ]
        wanted = asked.get(b"access-control-request-headers", b"")
        if _HEADER_NAMES.fullmatch(wanted):
            # Names, not a star: that would not stand for Authorization.
            told.append((b"access-control-allow-headers", wanted))
        return told


def _allowed(origin: bytes) -> Headers:
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", b"*"),
    ]
