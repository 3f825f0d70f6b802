"""A password that is forgotten, and one that is changed."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.conftest import PASSWORD
from tests.accounts.signing_in import (
    GOOD_PASSWORD,
    code_sent_to,
    is_logged_in,
    log_in,
    mails_to,
    sign_up,
)
from tests.pages import page_of, pages_differ_only_in

pytestmark = [pytest.mark.django_db, pytest.mark.database]

CSRF = re.compile(r'name="csrfmiddlewaretoken"\s+value="[^"]+"')


def forget(client: Client, email: str):
    return client.post(reverse("account_reset_password"), {"email": email}, follow=True)


def choose(client: Client, code: str, password: str = GOOD_PASSWORD):
    client.post(reverse("account_confirm_password_reset_code"), {"code": code})
    form = {"password1": password, "password2": password}
    return client.post(reverse("account_complete_password_reset"), form, follow=True)


def test_who_forgot_a_password_chooses_another(ada: User, client: Client) -> None:
    elsewhere = Client()
    log_in(elsewhere, ada.email, PASSWORD)
    page_of(client.get(reverse("account_reset_password")))
    page_of(forget(client, ada.email))
    code = code_sent_to(ada.email)
    client.post(reverse("account_confirm_password_reset_code"), {"code": code})
    page_of(client.get(reverse("account_complete_password_reset")))

    page_of(choose(client, code))

    assert mails_to(ada.email)[-1].subject == "Your password was reset"
    # the sessions of before are over, and only the new password opens the account
    assert elsewhere.get(reverse("dashboard")).status_code == 302
    log_in(client, ada.email, PASSWORD)
    assert not is_logged_in(client)
    log_in(client, ada.email)
    assert is_logged_in(client)


def test_an_unknown_address_reads_the_same(ada: User, client: Client) -> None:
    known = forget(client, ada.email)
    unknown = forget(Client(), "nobody@example.com")

    assert known.redirect_chain == unknown.redirect_chain
    pages_differ_only_in(
        CSRF.sub("", known.content.decode()),
        CSRF.sub("", unknown.content.decode()),
        words=(ada.email, "nobody@example.com"),
    )
    assert [len(mails_to(ada.email)), len(mails_to("nobody@example.com"))] == [1, 1]
    assert "no account with" in mails_to("nobody@example.com")[0].body


def test_a_closed_account_is_unknown(client: Client) -> None:
    User.objects.create_user("gone@example.com", PASSWORD, is_active=False)

    forget(client, "gone@example.com")

    assert "no account with" in mails_to("gone@example.com")[0].body


def test_three_wrong_codes_are_enough(ada: User, client: Client) -> None:
    forget(client, ada.email)
    right = code_sent_to(ada.email)
    for _ in range(3):
        client.post(reverse("account_confirm_password_reset_code"), {"code": "AAAA-AAAA"})

    choose(client, right)

    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_a_code_of_another_browser_opens_nothing(ada: User, eve: User, client: Client) -> None:
    forget(client, ada.email)
    thief = Client()
    forget(thief, eve.email)

    choose(thief, code_sent_to(ada.email))

    ada.refresh_from_db()
    eve.refresh_from_db()
    assert ada.check_password(PASSWORD)
    assert eve.check_password(PASSWORD)


def test_who_reads_the_mail_of_an_address_owns_it(client: Client) -> None:
    """A stranger signed up with the address and could not confirm it: their password is useless."""
    sign_up(Client(), "grace@example.com", "squatters password")

    forget(client, "grace@example.com")
    choose(client, code_sent_to("grace@example.com"))

    log_in(client, "grace@example.com")
    assert is_logged_in(client)
    squatter = Client()
    log_in(squatter, "grace@example.com", "squatters password")
    assert not is_logged_in(squatter)


def test_a_change_ends_the_other_sessions(ada: User, client: Client) -> None:
    log_in(client, ada.email, PASSWORD)
    elsewhere = Client()
    log_in(elsewhere, ada.email, PASSWORD)
    page_of(client.get(reverse("account_change_password")))
    form = {"oldpassword": PASSWORD, "password1": GOOD_PASSWORD, "password2": GOOD_PASSWORD}

    client.post(reverse("account_change_password"), form)

    assert client.get(reverse("dashboard")).status_code == 200
    assert elsewhere.get(reverse("dashboard")).status_code == 302
    assert mails_to(ada.email)[-1].subject == "Your password was changed"


def test_a_change_needs_the_password_of_now(as_ada: Client, ada: User) -> None:
    form = {"oldpassword": "wrong", "password1": GOOD_PASSWORD, "password2": GOOD_PASSWORD}

    page_of(as_ada.post(reverse("account_change_password"), form))

    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_no_password_and_no_code_reaches_the_log(
    ada: User, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    forget(client, ada.email)
    code = code_sent_to(ada.email)
    choose(client, code)
    log_in(client, ada.email)

    for secret in (code, code.replace("-", ""), GOOD_PASSWORD, PASSWORD):
        assert secret not in caplog.text
