"""Leave to send one large file to a page of the admin, given to staff in a cookie of that page.

As `upload_pass`, but for a plain form, which can send no header of its own: the gate can tell by
itself that somebody who may add voices has opened the page.
"""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.http import HttpResponse
from django.http.cookie import parse_cookie

COOKIE = "staff_upload"
PAGE = "/voices/voiceprofile/piper/"
"""How the path of the page ends; what it begins with is a setting."""
BODY_BYTES = 210_000_000
"""A Piper model of the largest size that is taken, and the rest of the form."""
LASTS_SECONDS = 3600
MAX_CHARACTERS = 200
_SALT = "audiopod.staff-pass"


def give(response: HttpResponse, *, user_id: int | None, path: str) -> None:
    """Let who gets this response send a large form to `path`."""
    response.set_cookie(
        COOKIE,
        signing.TimestampSigner(salt=_SALT).sign(str(user_id)),
        max_age=LASTS_SECONDS,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def opens(path: str, cookies: str) -> bool:
    """Whether a request may bring `BODY_BYTES`: its path, and its Cookie header."""
    if not path.endswith(PAGE):
        return False
    given = parse_cookie(cookies).get(COOKIE, "")
    if not given or len(given) > MAX_CHARACTERS:
        return False
    try:
        signing.TimestampSigner(salt=_SALT).unsign(given, max_age=LASTS_SECONDS)
    except signing.BadSignature:
        return False
    return True
