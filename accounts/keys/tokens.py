"""The format of the token of an API key: making, checking without a database, hashing.

`ap_` + 32 random base62 characters (190 bits) + 6 base62 characters of the CRC-32 of
`"ap_" + body`, left-padded with `0`: 41 characters. By its checksum, a mistyped token is refused
before a database is asked.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import zlib

PREFIX = "ap_"
BODY_LENGTH = 32
CHECKSUM_LENGTH = 6
SHOWN_FIRST = len(PREFIX) + 5
SHOWN_LAST = 4
MASKABLE_LENGTH = 20
"""The first and last characters of a shorter text would show too much of it."""
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SHAPE = re.compile(rf"ap_[0-9A-Za-z]{{{BODY_LENGTH + CHECKSUM_LENGTH}}}")


def _checksum(body: str) -> str:
    number = zlib.crc32((PREFIX + body).encode())
    digits = ""
    while number:
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits.rjust(CHECKSUM_LENGTH, ALPHABET[0])


def with_checksum(body: str) -> str:
    """The whole token that has this body: 32 base62 characters."""
    return PREFIX + body + _checksum(body)


def make_token() -> str:
    """A new token from the system's random source."""
    return with_checksum("".join(secrets.choice(ALPHABET) for _ in range(BODY_LENGTH)))


def is_well_formed(token: str) -> bool:
    """Whether the shape and the checksum are right. Takes about a microsecond."""
    if not _SHAPE.fullmatch(token):
        return False
    return hmac.compare_digest(with_checksum(token[3 : 3 + BODY_LENGTH]), token)


def digest(token: str, pepper: str) -> bytes:
    """HMAC-SHA256 of the token."""
    # the token has 190 random bits: a slow hash would add nothing
    return hmac.new(pepper.encode(), token.encode(), hashlib.sha256).digest()


def pepper_id(pepper: str) -> str:
    """A short name of a pepper, which reveals nothing about it."""
    return hashlib.sha256(b"pepper:" + pepper.encode()).hexdigest()[:8]


def token_from_headers(*, authorization: str, x_api_key: str) -> str:
    """The token that a request carries, or "". A Bearer token goes before X-API-Key.

    AudioPod's own client sends both. A header of another scheme, such as Basic, is ignored.
    """
    scheme, _, credentials = authorization.strip().partition(" ")
    bearer = credentials.strip() if scheme.lower() == "bearer" else ""
    return bearer or x_api_key.strip()


def mask(token: str) -> str:
    """`ap_****9Zq1`: the part of a token that an error message may repeat."""
    if len(token) < MASKABLE_LENGTH or not (token.isascii() and token.isprintable()):
        return "****"
    return f"{token[: len(PREFIX)]}****{token[-SHOWN_LAST:]}"
