"""Making a key requires a recent log-in: a session that was left open, or stolen, is not enough."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.services import find_api_key
from tests.accounts.conftest import PASSWORD
from tests.accounts.signing_in import GOOD_PASSWORD, join, log_in
from tests.pages import page_of

pytestmark = pytest.mark.django_db

MINUTES = timedelta(minutes=5)


@pytest.fixture
def as_ada(ada: User, client: Client) -> Client:
    """Logged in some time ago."""
    log_in(client, ada.email, PASSWORD)
    long_ago(MINUTES)
    return client


def long_ago(time: timedelta) -> None:
    UserSession.objects.update(created_at=timezone.now() - time)


def key_form() -> dict[str, Any]:
    token = str(uuid.uuid4())
    return {"name": "Web shop", "scopes": "wallet:read", "form_token": token, "expires_in_days": ""}


def answer_with(client: Client, asked: Any, password: str = PASSWORD) -> Any:
    """What the question for the password leads to."""
    page = client.get(asked.headers["Location"])
    page_of(page)
    following = page.context["redirect_field_value"]
    form = {"password": password, "next": following}
    return client.post(reverse("account_reauthenticate"), form)


def token_in(answer: Any) -> str:
    field = next(field for field in page_of(answer).all("input") if field.get("id") == "new-key")
    return field["value"] or ""


def test_the_key_is_made_that_was_asked_for_before_the_question(as_ada: Client) -> None:
    # Given a form that is open to anybody who is logged in
    page_of(as_ada.get(reverse("key-create")))

    # When it is sent, Then the password is asked for
    asked = as_ada.post(reverse("key-create"), key_form())
    assert asked.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert answer_with(as_ada, asked, "wrong").status_code == 200
    assert not ApiKey.objects.exists()

    # And with it the form goes on as it was filled in
    made = answer_with(as_ada, asked)
    key = find_api_key(token_in(made))
    assert key is not None
    assert (key.name, key.scopes) == ("Web shop", ["wallet:read"])
    assert "no-store" in made.headers["Cache-Control"]

    # And the next is made at once
    token_in(as_ada.post(reverse("key-create"), key_form()))


def test_a_key_is_rotated_after_the_question(as_ada: Client, key: ApiKey, token: str) -> None:
    rotate = reverse("key-rotate", args=[key.pk])
    page_of(as_ada.get(rotate))

    asked = as_ada.post(rotate, {"overlap_hours": "0", "form_token": str(uuid.uuid4())})
    assert asked.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert find_api_key(token)

    assert find_api_key(token_in(answer_with(as_ada, asked)))
    assert not find_api_key(token)


@pytest.mark.parametrize(("ago", "is_asked"), [(MINUTES * 0.9, False), (MINUTES, True)])
def test_a_log_in_is_enough_for_five_minutes(
    ada: User, client: Client, ago: timedelta, is_asked: bool
) -> None:
    log_in(client, ada.email, PASSWORD)
    long_ago(ago)

    answer = client.post(reverse("key-create"), key_form())

    assert (answer.status_code == 302) is is_asked
    assert ApiKey.objects.exists() is not is_asked


def test_a_log_in_elsewhere_is_not(as_ada: Client, ada: User) -> None:
    log_in(Client(), ada.email, PASSWORD)

    assert as_ada.post(reverse("key-create"), key_form()).status_code == 302
    assert not ApiKey.objects.exists()


def test_a_newcomer_s_first_key_is_made_without_a_question(client: Client, db: None) -> None:
    join(client, "new@example.com", GOOD_PASSWORD)
    token_in(client.post(reverse("key-create"), key_form()))
