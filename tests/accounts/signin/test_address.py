"""Changing the e-mail address of an account."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.conftest import PASSWORD
from tests.accounts.signing_in import (
    code_sent_to,
    confirm,
    is_logged_in,
    log_in,
    mails_to,
    reauthenticate,
)
from tests.pages import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NEW = "countess@example.com"


@pytest.fixture
def at_home(ada: User, client: Client) -> Client:
    """Ada, who has just entered her password again."""
    log_in(client, ada.email, PASSWORD)
    reauthenticate(client, PASSWORD)
    return client


def change(client: Client, email: str):
    return client.post(reverse("account_email"), {"email": email, "action_add": "1"}, follow=True)


def test_the_new_address_is_confirmed_and_the_old_one_notified(at_home: Client, ada: User) -> None:
    page_of(at_home.get(reverse("account_email")))

    page_of(change(at_home, NEW))
    ada.refresh_from_db()
    assert ada.email == "ada@example.com"
    confirm(at_home, code_sent_to(NEW))

    ada.refresh_from_db()
    assert ada.email == NEW
    assert [a.email for a in EmailAddress.objects.filter(user=ada, verified=True)] == [NEW]
    told = mails_to("ada@example.com")[-1]
    assert "from ada@example.com to countess@example.com" in told.body
    new, old = Client(), Client()
    log_in(new, NEW, PASSWORD)
    log_in(old, "ada@example.com", PASSWORD)
    assert (is_logged_in(new), is_logged_in(old)) == (True, False)


def test_a_change_begins_with_the_password(ada: User, client: Client) -> None:
    log_in(client, ada.email, PASSWORD)

    answer = client.post(reverse("account_email"), {"email": NEW, "action_add": "1"})

    assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert not mails_to(NEW)
    page_of(client.get(answer.headers["Location"]))


def test_an_address_that_is_taken_looks_like_one_that_is_not(
    at_home: Client, ada: User, eve: User
) -> None:
    page_of(change(at_home, eve.email))

    confirm(at_home, code_sent_to(eve.email))

    ada.refresh_from_db()
    assert ada.email == "ada@example.com"
