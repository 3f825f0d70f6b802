"""Sensitive pages ask for the password, or another factor, once more."""

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


def recent_login_required(view: View) -> View:
    """Show the page only to a user who has entered a password or another factor on request within
    the last five minutes.

    Other users are asked for one, and are then sent on to the page. A log-in alone is not enough.
    """
    return cast(View, reauthentication_required(view))


def recent_login_required_to_post(
    when: Callable[[HttpRequest], bool] = lambda request: True,
) -> Callable[[View], View]:
    """Show a form to every user, but take it only from one who has logged in, or entered a factor
    on request, within the last five minutes.

    Other users are asked for a factor, and then the form goes on as it was sent.
    `when`: whether a form that was sent is sensitive.
    """
    asks = reauthentication_required(
        allow_get=True, enabled=lambda request: when(request) and not _has_just_logged_in(request)
    )
    return cast("Callable[[View], View]", asks)


def _has_just_logged_in(request: HttpRequest) -> bool:
    # so that a new user makes a first key right after signing up, without being asked again
    since = timezone.now() - timedelta(seconds=app_settings.REAUTHENTICATION_TIMEOUT)
    begun = UserSession.objects.filter(
        user_id=request.user.pk,
        session_key=request.session.session_key,
        created_at__gt=since,
    )
    return begun.exists()
