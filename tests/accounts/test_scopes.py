"""A key may do what its scopes allow, and every endpoint declares the scopes it requires."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.permissions import AllowAny

from accounts.models import ApiKey, User
from accounts.scopes import HasScopes, Scope, missing, required_scopes_of, scope_names
from accounts.services import create_api_key

pytestmark = pytest.mark.django_db

PREFIX = "api/v1/"
PUBLIC = {
    *("audio/models", "schema"),
    *("api-wallet/pricing", "api-wallet/service-types", "api-wallet/estimate"),
}
"""The endpoints that need no key. Think twice before you add one."""


def routes(patterns: list[Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Path and view class of everything under the API."""
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and path.startswith(PREFIX):
            yield path.removeprefix(PREFIX), getattr(pattern.callback, "cls", None)


ROUTES = dict(routes(get_resolver().url_patterns))


def judge(path: str, view: Any) -> None:
    """AssertionError unless a view declares scopes, or is of those that are public."""
    assert view is not None, f"{path} is no REST view: nobody checks its scopes"
    if AllowAny in view.permission_classes:
        assert not view.authentication_classes, f"{path} looks at keys and lets in everybody"
        assert path in PUBLIC, f"{path} is public: list it here if it shall be"
        return
    assert any(issubclass(each, HasScopes) for each in view.permission_classes), path
    assert hasattr(view, "required_scopes"), f"{path} declares no required_scopes"
    methods = {name.upper() for name in view.http_method_names if hasattr(view, name)} - {"OPTIONS"}
    if not isinstance(view.required_scopes, tuple):
        assert set(view.required_scopes) == methods, f"{path} leaves out a method"
    for method in methods:
        assert all(scope in scope_names() for scope in required_scopes_of(view, method)), path


@pytest.mark.parametrize("path", ROUTES)
def test_every_endpoint_says_what_it_wants(path: str) -> None:
    judge(path, ROUTES[path])


def test_the_walk_sees_every_endpoint_and_finds_a_careless_one() -> None:
    assert len(ROUTES) > 20
    assert set(ROUTES) >= PUBLIC | {"audio/speech", "auth/me", "api-wallet/usage"}
    careless = type("Careless", (), {"permission_classes": [HasScopes], "http_method_names": []})
    with pytest.raises(AssertionError, match="declares no required_scopes"):
        judge("careless", careless)
    open_door = type("Open", (), {"permission_classes": [AllowAny], "authentication_classes": []})
    with pytest.raises(AssertionError, match="is public"):
        judge("open", open_door)


# --- over HTTP ------------------------------------------------------------------------------
WANTS = [
    ("POST", "audio/speech", "voice:synthesize"),
    ("POST", "audio/transcriptions", "transcribe"),
    ("POST", "audio/translations", "transcribe"),
    ("GET", "models", "audio:read"),
    ("GET", "models/tts-1", "audio:read"),
    ("GET", "voice/voice-profiles", "voice:read"),
    ("GET", "audio/voices", "voice:read"),
    ("PATCH", "voice/voices/nova", "voice:write"),
    ("DELETE", "voice/voices/nova", "voice:write"),
    ("GET", "api-wallet/balance", "wallet:read"),
    ("GET", "api-wallet/usage", "wallet:read"),
    ("GET", "api-wallet/topups", "wallet:read"),
    ("GET", "credits", "wallet:read"),
    ("GET", "credits/usage", "wallet:read"),
    ("GET", "credits/multipliers", "wallet:read"),
    ("POST", "api-wallet/check-balance", "wallet:read"),
    ("POST", "api-wallet/topup/checkout", "wallet:topup"),
    ("POST", "api-wallet/topup/payment-intent", "wallet:topup"),
    ("POST", "api-wallet/redeem", "wallet:topup"),
    ("GET", "auth/me", "account:read"),
    ("PATCH", "auth/me", "account:write"),
    ("GET", "auth/api-keys", "keys:read"),
    ("POST", "auth/api-keys", "keys:write"),
    ("GET", "auth/api-keys/anything", "keys:read"),
    ("DELETE", "auth/api-keys/anything", "keys:write"),
]


def ask(token: str, method: str, path: str) -> Any:
    client = Client(raise_request_exception=False)
    return client.generic(
        method,
        f"/{PREFIX}{path}",
        data=b"{}",
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )


def refusal(answer: Any) -> str | None:
    """The code of an answer's error."""
    error = json.loads(answer.content)["error"] if answer.status_code >= 400 else None
    return error["code"] if isinstance(error, dict) else error


@pytest.mark.parametrize(("method", "path", "scope"), WANTS)
def test_a_key_without_the_scope_is_refused_and_one_with_it_is_not(
    ada: User, method: str, path: str, scope: str
) -> None:
    others = [each for each in scope_names() if each not in {"*", scope}]
    without = create_api_key(user=ada, name="without", scopes=others)[1]
    only = create_api_key(user=ada, name="only", scopes=[scope])[1]

    answer = ask(without, method, path)

    assert answer.status_code == 403
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["code"]) == ("invalid_request_error", "missing_scope")
    assert error["message"].startswith(
        f"You have insufficient permissions for this operation. Missing scopes: {scope}. "
    )
    assert refusal(ask(only, method, path)) != "missing_scope"


def test_the_star_opens_everything(ada: User) -> None:
    token = create_api_key(user=ada, name="star")[1]
    assert ApiKey.objects.get().scopes == ["*"]
    for method, path, _ in WANTS:
        assert refusal(ask(token, method, path)) != "missing_scope", path


def test_a_key_without_the_scope_of_a_public_list_is_refused(ada: User) -> None:
    """Without a key the public voices are there all the same."""
    token = create_api_key(user=ada, name="narrow", scopes=["transcribe"])[1]
    assert ask(token, "GET", "voice/voice-profiles").status_code == 403
    assert Client().get("/api/v1/voice/voice-profiles").status_code == 200


def test_a_method_that_is_not_served_is_405_whatever_the_key(ada: User) -> None:
    token = create_api_key(user=ada, name="narrow", scopes=["transcribe"])[1]
    assert ask(token, "PUT", "auth/me").status_code == 405


def test_head_wants_what_get_wants(ada: User) -> None:
    token = create_api_key(user=ada, name="narrow", scopes=["transcribe"])[1]
    assert ask(token, "HEAD", "auth/me").status_code == 403


def test_a_key_is_missing_what_is_not_in_its_list() -> None:
    key = ApiKey(scopes=["voice:read", "transcribe"])
    assert missing(key, ["transcribe"]) == []
    assert missing(key, [Scope.KEYS_READ, Scope.VOICE_READ]) == ["keys:read"]
    assert missing(ApiKey(scopes=["*"]), scope_names()) == []
    assert missing(ApiKey(scopes=[]), [Scope.VOICE_READ]) == ["voice:read"]
    assert missing(key, ["*"]) == ["*"]


def test_nothing_but_the_api_is_spelt_for_audiopods_clients(ada: User) -> None:
    """Its own paths carry the message where its client reads it; OpenAI's stay as OpenAI's are."""
    token = create_api_key(user=ada, name="narrow", scopes=["transcribe"])[1]
    native = ask(token, "GET", "auth/me").json()
    assert native["message"] == native["error"]["message"]
    assert set(ask(token, "GET", "models").json()) == {"error"}
