"""Before something sensitive, somebody shows once more who they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar, cast

from allauth.account import app_settings
from allauth.account.decorators import reauthentication_required
from allauth.usersessions.models import UserSession
from django.http import HttpRequest
from django.utils import timezone

View = TypeVar("View", bound=Callable[..., Any])


def once_more(view: View) -> View:
    """Let in who has shown their password or another factor within the last five minutes; others
    are asked first, and then led back to where they were going."""
    return cast(View, reauthentication_required(view))


def once_more_to_send(
    when: Callable[[HttpRequest], bool] = lambda request: True,
) -> Callable[[View], View]:
    """For a form: everybody may open it, and who sends it is asked, unless they have shown who
    they are, or logged in, within the last five minutes. It goes on with what was sent.

    `when`: which of what is sent is sensitive.
    """
    asks = reauthentication_required(
        allow_get=True, enabled=lambda request: when(request) and not _just_came_in(request)
    )
    return cast("Callable[[View], View]", asks)


def _just_came_in(request: HttpRequest) -> bool:
    """Other than for `once_more`, a log-in is enough: nobody is asked twice on the way from
    signing up to a first key."""
    since = timezone.now() - timedelta(seconds=app_settings.REAUTHENTICATION_TIMEOUT)
    begun = UserSession.objects.filter(
        user_id=request.user.pk,
        session_key=request.session.session_key,
        created_at__gt=since,
    )
    return begun.exists()
