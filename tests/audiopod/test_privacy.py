"""What is one reader's is kept by nobody; what is everybody's may be."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import AsyncClient, Client, RequestFactory
from django.urls import reverse

from accounts.models import User
from audiopod.middleware import RequestMiddleware
from audiopod.privacy import keep_private

pytestmark = pytest.mark.django_db

PRIVATE = {"no-store", "private"}


def rules_of(response: HttpResponse) -> set[str]:
    return set(response.headers.get("Cache-Control", "").split(", "))


@pytest.fixture
def as_ada(client: Client) -> Client:
    client.force_login(User.objects.create_user("ada@example.com"))
    return client


@pytest.mark.parametrize(
    "name",
    ["home", "docs", "voices", "key-create", "account_email", "mfa_index", "usersessions_list"],
)
def test_pages_of_who_is_logged_in_are_kept_nowhere(name: str, as_ada: Client) -> None:
    assert rules_of(as_ada.get(reverse(name))) >= PRIVATE


def test_nor_are_their_errors(as_ada: Client) -> None:
    missing = as_ada.get("/nothing/")
    assert missing.status_code == 404
    assert rules_of(missing) >= PRIVATE


@pytest.mark.parametrize("name", ["login", "account_signup", "account_reset_password", "logout"])
def test_entrances_are_kept_nowhere(name: str, client: Client) -> None:
    assert rules_of(client.get(reverse(name))) >= PRIVATE


def test_what_is_everybodys_may_be_kept(as_ada: Client) -> None:
    for client in (Client(), as_ada):
        assert rules_of(client.get(reverse("favicon"))) >= {"public"}
    assert "Cache-Control" not in Client().get(reverse("docs")).headers


def test_styles_may_be_kept_by_who_is_logged_in(as_ada: Client) -> None:
    assert finders.find("css/base.css")
    answer = as_ada.get("/static/css/base.css")
    assert answer.status_code == 200
    assert not rules_of(answer) & PRIVATE


def test_the_api_is_left_alone(as_ada: Client) -> None:
    assert not rules_of(as_ada.get("/api/v1/wallet")) & PRIVATE


def test_what_flows_is_not_read_and_no_database_is_asked(
    rf: RequestFactory, django_assert_num_queries: Any
) -> None:
    def stream(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(pytest.fail("read") for _ in range(1))

    request = rf.get("/dashboard/usage/usage.csv")
    request.COOKIES["sessionid"] = "of-somebody"
    with django_assert_num_queries(0):
        answer = RequestMiddleware(stream)(request)
    assert isinstance(answer, StreamingHttpResponse)
    assert rules_of(answer) >= PRIVATE


async def test_it_works_without_threads_too(async_client: AsyncClient) -> None:
    async_client.cookies["sessionid"] = "of-somebody"
    answer = await async_client.get(reverse("docs"))
    assert rules_of(answer) >= PRIVATE


def test_what_says_itself_how_long_it_may_be_kept_is_left_alone(rf: RequestFactory) -> None:
    """The preview of a voice, which everybody may hear."""
    request, answer = rf.get("/voices/x/preview.mp3"), HttpResponse()
    request.COOKIES["sessionid"] = "of-somebody"
    answer.headers["Cache-Control"] = "public, max-age=3600"
    keep_private(request, answer)
    assert rules_of(answer) == {"public", "max-age=3600"}
