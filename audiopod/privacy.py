"""What is meant for one reader is kept by nobody else: no browser's disk and no proxy."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers

ENTRANCES = ("/account/", "/login/", "/logout/")
"""Where somebody is asked who they are, or becomes it."""


def keep_private(request: HttpRequest, response: HttpResponseBase) -> None:
    """Forbid to keep an answer to who has a session, or may get one by it.

    An answer that says itself how long it may be kept (styles, a voice's preview) is left alone.
    Whose session it is does not matter, so nothing is asked of the database.
    """
    if response.has_header("Cache-Control"):
        return
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    if has_session or request.path.startswith(ENTRANCES):
        add_never_cache_headers(response)
