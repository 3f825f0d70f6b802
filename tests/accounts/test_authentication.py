"""A request is authenticated by a key, in either header; every refusal reads the same."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts import services
from accounts.keys import tokens
from accounts.models import ApiKey, User
from tests.minutes import begin_well_before_the_next

pytestmark = [pytest.mark.django_db, pytest.mark.database]


class WhoAmI(APIView):
    required_scopes = ()

    def get(self, request: Request) -> Response:
        assert isinstance(request.auth, ApiKey)
        return Response({"email": request.user.email, "key": request.auth.name})


def ask(*, address: str = "127.0.0.1", **headers: str) -> HttpResponse:
    request = APIRequestFactory().get("/api/v1/me", headers=headers, REMOTE_ADDR=address)
    response = WhoAmI.as_view()(request)
    if hasattr(response, "render"):
        response.render()
    return response


def error_of(response: HttpResponse) -> dict[str, Any]:
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    error: dict[str, Any] = json.loads(response.content)["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert error["param"] is None
    return error


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
def test_either_header_opens(header: str, token: str) -> None:
    value = f"Bearer {token}" if header == "Authorization" else token

    response = ask(**{header: value})

    assert json.loads(response.content) == {"email": "ada@example.com", "key": "Laptop"}


def test_the_bearer_wins_when_both_are_sent(token: str, eve: User) -> None:
    _, other = services.create_api_key(user=eve, name="Eve's")

    response = ask(**{"Authorization": f"Bearer {token}", "X-API-Key": other})
    assert json.loads(response.content)["email"] == "ada@example.com"

    response = ask(**{"Authorization": "Bearer ", "X-API-Key": other})
    assert json.loads(response.content)["email"] == "eve@example.com"


def test_a_wrong_bearer_is_not_made_good_by_the_other_header(token: str) -> None:
    error = error_of(ask(**{"Authorization": "Bearer nonsense", "X-API-Key": token}))
    assert error["code"] == "invalid_api_key"


def test_a_key_in_the_url_is_no_key(token: str) -> None:
    request = APIRequestFactory().get("/api/v1/me", {"api_key": token, "key": token})
    assert error_of(WhoAmI.as_view()(request))["code"] is None


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic QWRhOmFkYQ=="}])
def test_no_key(headers: dict[str, str]) -> None:
    error = error_of(ask(**headers))

    assert error["message"].startswith("You didn't provide an API key.")
    assert error["code"] is None


def test_every_refusal_reads_the_same(ada: User) -> None:
    """Given an unknown, a revoked, an expired key and one of a closed account."""
    made = [services.create_api_key(user=ada, name=str(n)) for n in range(2)]
    closed = User.objects.create_user("closed@example.com", is_active=False)
    made.append(services.create_api_key(user=closed, name="Closed"))
    services.revoke(made[0][0])
    ApiKey.objects.filter(pk=made[1][0].pk).update(expires_at=timezone.now() - timedelta(days=1))
    refused = [tokens.make_token(), *(token for _, token in made), "ap_garbage-of-some-length"]

    for token in refused:
        error = error_of(ask(Authorization=f"Bearer {token}"))

        assert token not in error["message"]
        assert error["message"].replace(token[-4:], "last") == (
            "Incorrect API key provided: ap_****last."
            " You can find your API keys at http://127.0.0.1:8000/dashboard/keys/."
        )
        assert error["code"] == "invalid_api_key"


def test_queries(token: str, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        error_of(ask(Authorization="Bearer ap_" + "A" * 38))
        error_of(ask())
    with django_assert_num_queries(2):  # the key with its user, and that it was used
        assert ask(Authorization=f"Bearer {token}").status_code == 200
    with django_assert_num_queries(1):
        assert ask(Authorization=f"Bearer {token}").status_code == 200


def test_a_refused_key_is_not_noted_as_used(key: ApiKey, token: str) -> None:
    services.revoke(key)

    error_of(ask(Authorization=f"Bearer {token}"))

    assert ApiKey.objects.get().last_used_at is None


# --- from where ---------------------------------------------------------------------------------
@pytest.mark.parametrize("address", ["203.0.113.9", "::ffff:203.0.113.9", "2001:db8::1"])
def test_a_key_opens_from_its_networks(address: str, key: ApiKey, token: str) -> None:
    ApiKey.objects.update(allowed_networks=["203.0.113.0/24", "2001:db8::/32"])

    assert ask(address=address, Authorization=f"Bearer {token}").status_code == 200

    key.refresh_from_db()
    assert key.last_used_address == address.removeprefix("::ffff:")


@pytest.mark.parametrize("address", ["203.0.112.255", "2001:db9::", ""])
def test_a_usable_key_from_a_wrong_network_is_refused_with_the_reason(
    address: str, key: ApiKey, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    ApiKey.objects.update(allowed_networks=["203.0.113.0/24"])

    answer = ask(address=address, Authorization=f"Bearer {token}")

    assert answer.status_code == 403
    error = json.loads(answer.content)["error"]
    assert (error["type"], error["code"]) == ("invalid_request_error", "ip_not_authorized")
    assert error["message"].startswith("Your IP is not authorized to use this API key: ")
    assert token not in answer.content.decode() + caplog.text
    assert f"Key {key.pk} ({key.masked}) was refused" in caplog.text
    key.refresh_from_db()
    assert (key.last_used_at, key.last_used_address) == (None, None)


def test_only_a_usable_key_learns_about_its_networks(key: ApiKey, token: str) -> None:
    ApiKey.objects.update(allowed_networks=["203.0.113.0/24"])
    services.revoke(key)

    for wrong in (token, tokens.make_token()):
        assert error_of(ask(Authorization=f"Bearer {wrong}"))["code"] == "invalid_api_key"


# --- who is wrong too often ---------------------------------------------------------------------
def statuses_of(*tokens: str) -> list[int]:
    return [ask(Authorization=f"Bearer {token}").status_code for token in tokens]


def test_an_address_with_too_many_wrong_keys_gets_429(settings: Settings) -> None:
    begin_well_before_the_next()
    settings.BAD_KEYS_PER_MINUTE = 2
    unknown = tokens.make_token()
    assert statuses_of(unknown, unknown) == [401, 401]

    answer = ask(Authorization=f"Bearer {unknown}")

    assert answer.status_code == 429
    assert json.loads(answer.content)["error"]["code"] == "rate_limit_exceeded"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["x-should-retry"] == "false"
    assert unknown not in answer.content.decode()


def test_a_usable_key_works_from_an_address_with_wrong_keys(token: str, settings: Settings) -> None:
    begin_well_before_the_next()
    settings.BAD_KEYS_PER_MINUTE = 1
    unknown = tokens.make_token()
    assert statuses_of(unknown, unknown, token) == [401, 429, 200]


def test_no_limit_on_wrong_keys_means_none(ada: User, settings: Settings) -> None:
    settings.BAD_KEYS_PER_MINUTE = 0
    assert set(statuses_of(*[tokens.make_token()] * 30)) == {401}
