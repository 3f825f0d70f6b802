"""What an API key may do.

A view declares the scopes that it requires as `required_scopes`: a tuple, or a mapping from a
method to a tuple. An empty tuple requires a key without any scope. A view that requires no key has
`permission_classes = [AllowAny]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Protocol, cast

from django.conf import settings
from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import ApiKey
from audiopod.common.problem import Problem

if TYPE_CHECKING:  # the settings name a class of this module, and views read the settings
    from rest_framework.views import APIView

MISSING_SCOPE = "missing_scope"


class Scope(TextChoices):
    """The scopes that mean something whatever is sold here: of AudioPod's hosted API, and our own.

    Those of the kinds of work are added by `register`.
    """

    EVERYTHING = "*", _("everything")
    VOICE_READ = "voice:read", _("browse voices")
    VOICE_WRITE = "voice:write", _("rename and delete own voices")
    AUDIO_READ = "audio:read", _("list models")
    WALLET_READ = "wallet:read", _("see balance, usage and top-ups")
    WALLET_TOPUP = "wallet:topup", _("top up, and redeem promo codes")
    KEYS_READ = "keys:read", _("list API keys")
    KEYS_WRITE = "keys:write", _("make and revoke API keys")
    WEBHOOKS_READ = "webhooks:read", _("see webhooks and what was sent to them")
    WEBHOOKS_WRITE = "webhooks:write", _("add, change, test and remove webhooks")
    ACCOUNT_READ = "account:read", _("see who the account belongs to")
    ACCOUNT_WRITE = "account:write", _("change the account's name")


Scopes = tuple[str, ...]

_labels: dict[str, Promise | str] = {}
"""Of the scopes of kinds of work."""


def register(scope: str, label: Promise | str) -> None:
    """Add a scope of a kind of work. Raises ValueError when it means something else already."""
    if scope in Scope.values or _labels.setdefault(scope, label) != label:
        raise ValueError(f"There is another scope {scope!r}.")


def scope_choices() -> list[tuple[str, Promise | str]]:
    """Every scope with what it allows: first of all EVERYTHING, then of the kinds of work."""
    everything, *others = ((scope.value, scope.label) for scope in Scope)
    return [everything, *_labels.items(), *others]


def scope_names() -> list[str]:
    return [name for name, _label in scope_choices()]


class ScopedView(Protocol):
    """A view that declares its scopes."""

    required_scopes: Scopes | Mapping[str, Scopes]


def required_scopes_of(view: ScopedView | type[ScopedView], method: str | None) -> Scopes:
    """The scopes that a view requires for a method, such as "GET"."""
    wanted = view.required_scopes
    if not isinstance(wanted, Mapping):
        return wanted
    # a method that the view does not serve is answered 405, whatever the key
    return wanted.get("GET" if method == "HEAD" else method or "", ())


def missing(key: ApiKey, wanted: Iterable[str]) -> list[str]:
    """The scopes among `wanted` that a key does not have."""
    if Scope.EVERYTHING in key.scopes:
        return []
    return [str(scope) for scope in wanted if scope not in key.scopes]


def require(key: ApiKey, *wanted: str) -> None:
    """Raises Problem (403) unless the key has every wanted scope."""
    if lacking := missing(key, wanted):
        raise Problem(
            "You have insufficient permissions for this operation. Missing scopes:"
            f" {', '.join(lacking)}. Use an API key that has them, or make one at"
            f" {settings.PUBLIC_URL}/dashboard/keys/.",
            status=403,
            code=MISSING_SCOPE,
        )


class HasScopes(BasePermission):
    """Requires a key with every scope that the view declares. Raises as `require` does."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, ApiKey):
            return False
        require(request.auth, *required_scopes_of(cast(ScopedView, view), request.method))
        return True


class HasScopesOrNoKey(HasScopes):
    """Allows requests without a key too, for views that show the same to everybody."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.auth is None or super().has_permission(request, view)
