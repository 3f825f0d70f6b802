"""Logging in, in a browser."""

from __future__ import annotations

import re

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.conftest import PASSWORD
from tests.pages import page_of, pages_differ_only_in

pytestmark = pytest.mark.django_db

CSRF = re.compile(r'name="csrfmiddlewaretoken"\s+value="[^"]+"')


def log_in(client: Client, email: str, password: str = PASSWORD):
    return client.post(reverse("login"), {"login": email, "password": password})


# --- logging in -------------------------------------------------------------------------------
def test_logging_in_and_out(ada: User, client: Client) -> None:
    page_of(client.get(reverse("login")))

    answer = log_in(client, "Ada@Example.com")
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("dashboard"))

    answer = client.post(reverse("logout"))
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("home"))
    assert client.get(reverse("dashboard")).status_code == 302


@pytest.mark.database
@pytest.mark.parametrize(
    ("address", "noted"),
    [
        ("foo", "0.0.0.0"),
        ("", "0.0.0.0"),
        ("1.2.3.4%eth0", "1.2.3.4"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
    ],
)
def test_an_odd_address_of_the_client_does_not_prevent_a_log_in(
    address: str, noted: str, ada: User, client: Client
) -> None:
    """Of a socket in the file system, or as a proxy writes it."""
    form = {"login": ada.email, "password": PASSWORD}
    answer = client.post(reverse("login"), form, REMOTE_ADDR=address)

    assert answer.status_code == 302
    page = client.get(reverse("dashboard"), REMOTE_ADDR=address)
    assert page.status_code == 200
    assert UserSession.objects.get().ip == noted


def test_a_link_does_not_log_out(as_ada: Client) -> None:
    page_of(as_ada.get(reverse("logout")))
    assert as_ada.get(reverse("dashboard")).status_code == 200


def test_the_session_changes_at_log_in(ada: User, client: Client) -> None:
    client.session["visited"] = True
    client.session.save()
    before = client.session.session_key

    log_in(client, ada.email)

    assert client.session.session_key != before


def test_wrong_passwords_and_unknown_addresses_read_the_same(ada: User, client: Client) -> None:
    User.objects.create_user("gone@example.com", PASSWORD, is_active=False)
    wrong = log_in(client, ada.email, "wrong")
    page_of(wrong)

    for email in ("nobody@example.com", "gone@example.com"):
        other = log_in(client, email, PASSWORD)
        assert other.status_code == wrong.status_code
        pages_differ_only_in(
            CSRF.sub("", wrong.content.decode()),
            CSRF.sub("", other.content.decode()),
            words=(ada.email, email),
        )


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_the_sixth_attempt_is_refused(email: str, ada: User, client: Client) -> None:
    for _ in range(5):
        assert log_in(client, email, "wrong").status_code == 200

    answer = log_in(client, email)

    page_of(answer, status=429)
    assert "Try again in fifteen minutes" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_no_password_reaches_the_log(
    ada: User, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    log_in(client, ada.email, "not-the-password")

    assert "Log-in failed from 127.0.0.1." in caplog.text
    assert "not-the-password" not in caplog.text


def test_log_in_leads_nowhere_else(ada: User, client: Client) -> None:
    form = {"login": ada.email, "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post(reverse("login"), form).headers["Location"] == reverse("dashboard")
