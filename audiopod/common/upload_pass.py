"""Leave to send one large recording to a page, given to who is logged in.

The gate judges a body before anybody knows whose it is: a session lies in the database, which is
not asked for strangers. A pass is signed, so that the gate can tell by itself. It lasts for a few
minutes, and is looked at only when a request begins.
"""

from __future__ import annotations

from django.core import signing

HEADER = "X-Upload-Pass"
LASTS_SECONDS = 300
MAX_CHARACTERS = 200
"""No pass is longer. What is need not be hashed."""
_SALT = "audiopod.upload-pass"


def make(user_id: int) -> str:
    """A pass for an account."""
    return signing.TimestampSigner(salt=_SALT).sign(str(user_id))


def is_valid(given: str) -> bool:
    """Whether this server gave it, no longer than `LASTS_SECONDS` ago."""
    if not given or len(given) > MAX_CHARACTERS:
        return False
    try:
        signing.TimestampSigner(salt=_SALT).unsign(given, max_age=LASTS_SECONDS)
    except signing.BadSignature:
        return False
    return True
