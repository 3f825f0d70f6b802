"""What views of every app share about the request of an account."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.models import User


class UserRequest(HttpRequest):
    """A request whose user is logged in."""

    user: User
