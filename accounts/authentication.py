"""Authentication of API requests by a key, in a Bearer token or in X-API-Key."""

from __future__ import annotations

import logging

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request

from accounts import limits, networks, services
from accounts.keys import tokens
from accounts.models import ApiKey, User
from audiopod.common.problem import Problem

log = logging.getLogger(__name__)

INVALID_API_KEY = "invalid_api_key"
IP_NOT_AUTHORIZED = "ip_not_authorized"


def missing_key() -> NotAuthenticated:
    return NotAuthenticated(
        "You didn't provide an API key. You need to provide your API key in an Authorization "
        "header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or in an X-API-Key "
        f"header. You can make a key at {settings.PUBLIC_URL}/dashboard/keys/."
    )


def refused_key(token: str) -> AuthenticationFailed:
    """The one answer to every key that is refused, whatever the reason."""
    return AuthenticationFailed(
        f"Incorrect API key provided: {tokens.mask(token)}. "
        f"You can find your API keys at {settings.PUBLIC_URL}/dashboard/keys/.",
        code=INVALID_API_KEY,
    )


def require_allowed_network(key: ApiKey, address: str) -> None:
    """Raises Problem (403) where a usable key may not be used from this address."""
    if not key.allowed_networks or networks.is_within(key.allowed_networks, address):
        return
    log.warning("Key %s (%s) was refused: its networks lack %s.", key.pk, key.masked, address)
    raise Problem(
        f"Your IP is not authorized to use this API key: {address or 'it is not known'}. Call from"
        f" a network that the key allows, or change its networks at {settings.PUBLIC_URL}"
        "/dashboard/keys/.",
        status=403,
        code=IP_NOT_AUTHORIZED,
    )


class ApiKeyAuthentication(BaseAuthentication):
    """`request.user` is the key's user and `request.auth` the ApiKey.

    Raises NotAuthenticated without a key, AuthenticationFailed (code `invalid_api_key`) with
    one that is malformed, unknown, revoked, expired or of an inactive account, and Problem (429)
    when too many such keys come from one address. A usable key is accepted from that address all
    the same, so clients that share it are not locked out. Raises Problem (403, code
    `ip_not_authorized`) for a usable key that may not be used from this address.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiKey]:
        token = tokens.token_from_headers(
            authorization=request.headers.get("Authorization", ""),
            x_api_key=request.headers.get("X-API-Key", ""),
        )
        if not token:
            raise missing_key()
        address = request.META.get("REMOTE_ADDR", "")
        key = services.find_api_key(token)
        if key is None:
            allowance = limits.take_wrong_key(address)
            if allowance is not None and not allowance.granted:
                raise limits.too_many_wrong_keys(allowance)
            raise refused_key(token)
        require_allowed_network(key, address)
        services.touch(key, address)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
