"""Before something sensitive, somebody shows once more who they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from allauth.account.decorators import reauthentication_required

View = TypeVar("View", bound=Callable[..., Any])


def once_more(view: View) -> View:
    """Let in who has shown their password or another factor within the last five minutes; others
    are asked first, and then led back to where they were going."""
    return cast(View, reauthentication_required(view))
