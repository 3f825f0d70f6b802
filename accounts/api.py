"""`/api/v1/auth/…`: the account that a key belongs to, and its API keys."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, cast

from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import delegation, limits, scopes, services
from accounts.models import ApiKey, User
from accounts.scopes import Scope
from accounts.serializers import (
    ApiKeySerializer,
    KeyQuerySerializer,
    NewKeySerializer,
    ProfileSerializer,
)
from audiopod.common.idempotency import HEADER, idempotency_key
from audiopod.common.problem import Problem

NEVER_STORED = {"Cache-Control": "no-store"}


class MeView(APIView):
    """The account of the key."""

    required_scopes = {"GET": (Scope.ACCOUNT_READ,), "PATCH": (Scope.ACCOUNT_WRITE,)}

    def get(self, request: Request) -> Response:
        return Response(profile(_user(request)))

    def patch(self, request: Request) -> Response:
        asked = ProfileSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        user = _user(request)
        if "full_name" in asked.validated_data:
            services.set_full_name(user, asked.validated_data["full_name"])
        return Response(profile(user))


def profile(user: User) -> dict[str, Any]:
    """The answer to `GET me`."""
    return {
        "id": user.pk,
        "email": user.email,
        "full_name": user.get_full_name(),
        "is_verified": True,  # an account whose address is not verified cannot make a key
        "is_active": user.is_active,
        "created_at": user.date_joined,
        "updated_at": None,
    }


class ApiKeysView(APIView):
    """The account's keys, and a new one."""

    required_scopes = {"GET": (Scope.KEYS_READ,), "POST": (Scope.KEYS_WRITE,)}

    def get(self, request: Request) -> Response:
        query = KeyQuerySerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        keys = query.select(ApiKey.objects.for_user(_user(request)))
        return Response(ApiKeySerializer(keys, many=True).data)

    def post(self, request: Request) -> Response:
        """Make a key. Only this answer contains its token. Raises Problem: 403, 409, 429."""
        user, maker = _user(request), _key(request)
        limits.count_account_change(user)
        asked = NewKeySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        key, token = _make(user, maker, asked.validated_data, _form_token(request))
        body = ApiKeySerializer(key).data | {"api_key": token}
        return Response(body, status=201, headers=NEVER_STORED)


class ApiKeyView(APIView):
    """One key."""

    required_scopes = {"GET": (Scope.KEYS_READ,), "DELETE": ()}

    def get(self, request: Request, ident: str) -> Response:
        key = _find(request, ident)
        if key is None:
            raise _no_such_key()
        return Response(ApiKeySerializer(key).data)

    def delete(self, request: Request, ident: str) -> Response:
        """Revoke a key at once. Every key may revoke itself; other keys need the scope."""
        key, asking = _find(request, ident), _key(request)
        if key != asking:
            scopes.require(asking, Scope.KEYS_WRITE)
        if key is None:
            raise _no_such_key()
        services.revoke(key)
        return Response(status=204)


def _make(
    user: User, maker: ApiKey, asked: dict[str, Any], form_token: uuid.UUID | None
) -> tuple[ApiKey, str]:
    wanted = asked.get("scopes") or maker.scopes
    networks = asked.get("allowed_networks")
    if networks is None:
        networks = maker.allowed_networks
    days = asked.get("expires_in_days")
    expires_at = timezone.now() + timedelta(days=days) if days else None
    delegation.require_may_make(maker, wanted=wanted, expires_at=expires_at, networks=networks)
    try:
        return services.create_api_key(
            user=user,
            name=asked["name"],
            expires_at=expires_at,
            form_token=form_token,
            scopes=wanted,
            allowed_networks=networks,
            limits=services.KeyLimits(
                requests_per_minute=asked.get("requests_per_minute"),
                max_concurrent_jobs=asked.get("max_concurrent_jobs"),
                monthly_limit_micros=asked.get("monthly_limit_usd"),
                total_limit_micros=asked.get("total_limit_usd"),
            ),
        )
    except services.KeyAlreadyMade as error:
        raise _made_already(error.key) from None


def _form_token(request: Request) -> uuid.UUID | None:
    """The `form_token` that stands for the Idempotency-Key of a request, for this account only."""
    given = idempotency_key(request._request)
    if not given:
        return None
    words = f"{_user(request).pk}:{given}"
    # keyed, so that no other account can guess the token and use it first
    digest = salted_hmac("accounts.api", words, algorithm="sha256").digest()
    return uuid.UUID(bytes=digest[:16], version=4)


def _made_already(made: ApiKey) -> Problem:
    return Problem(
        f"This {HEADER} has made its API key already ({made.public_id}), and a key is shown only"
        f" once. If the key was lost, revoke it and make another with a new {HEADER}.",
        status=409,
        param=HEADER,
        code="idempotency_key_used",
        headers={"x-should-retry": "false"},
        extra={"id": str(made.public_id)},
    )


def _find(request: Request, ident: str) -> ApiKey | None:
    """The key of the account with this public id; None for keys of others and for other texts."""
    try:
        public_id = uuid.UUID(ident)
    except ValueError:
        return None
    return ApiKey.objects.for_user(_user(request)).filter(public_id=public_id).first()


def _no_such_key() -> NotFound:
    return NotFound("This account has no API key with that id.")


def _user(request: Request) -> User:
    return cast(User, request.user)


def _key(request: Request) -> ApiKey:
    return cast(ApiKey, request.auth)
