"""How a receiver knows that an event comes from here: an HMAC over the time and the exact body."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from audiopod.common.sealing import seal, unseal

PREFIX = "whsec_"
SIGNATURE = "X-AudioPod-Signature"
TIMESTAMP = "X-AudioPod-Timestamp"
EVENT = "X-AudioPod-Event"
EVENT_ID = "X-AudioPod-Event-Id"
_PURPOSE = "webhook secret"
_SECRET_BYTES = 32


def new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(_SECRET_BYTES)


def sealed(secret: str) -> str:
    """A secret as it is stored."""
    return seal(secret, purpose=_PURPOSE)


def opened(stored: str) -> str:
    """Raises InvalidToken of `audiopod.common.sealing` when SECRET_KEY is another one now."""
    return unseal(stored, purpose=_PURPOSE)


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The value of X-AudioPod-Signature. The key is the whole secret, with `whsec_`.

    timestamp: seconds of Unix time.
    """
    signed = f"{timestamp}.".encode() + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
