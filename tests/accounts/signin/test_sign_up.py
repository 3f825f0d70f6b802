"""Making an account: an address, a password, and a code by mail."""

from __future__ import annotations

import re
from importlib import import_module
from smtplib import SMTPException
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from waffle.testutils import override_switch

from accounts.models import User
from accounts.signin import forms
from accounts.signin.addresses import mark_email_verified
from tests.accounts.conftest import PASSWORD
from tests.accounts.signing_in import (
    GOOD_PASSWORD,
    code_sent_to,
    confirm,
    is_logged_in,
    log_in,
    mails_to,
    sign_up,
)
from tests.pages import page_of, pages_differ_only_in

pytestmark = [pytest.mark.django_db, pytest.mark.database]

CSRF = re.compile(r'name="csrfmiddlewaretoken"\s+value="[^"]+"')
NEW = "grace@example.com"


def test_a_newcomer_confirms_the_address_and_is_in(client: Client) -> None:
    page_of(client.get(reverse("account_signup")))

    asked = sign_up(client, "Grace@Example.com")
    page_of(asked)
    assert NEW in asked.content.decode()
    assert not is_logged_in(client)

    answer = confirm(client, code_sent_to(NEW))

    assert answer.redirect_chain[-1][0] == reverse("dashboard")
    assert is_logged_in(client)
    user = User.objects.get(email=NEW)
    assert user.check_password(GOOD_PASSWORD)
    address = EmailAddress.objects.get(user=user)
    assert (address.verified, address.primary) == (True, True)


def test_an_account_with_an_unconfirmed_address_cannot_log_in(client: Client) -> None:
    sign_up(client, NEW)
    cache.clear()  # ten seconds later
    elsewhere = Client()

    answer = log_in(elsewhere, NEW)

    assert answer.headers["Location"] == reverse("account_email_verification_sent")
    assert not is_logged_in(elsewhere)
    assert elsewhere.get(reverse("dashboard")).status_code == 302
    # but the code that is sent at this log-in opens it
    confirm(elsewhere, code_sent_to(NEW))
    assert is_logged_in(elsewhere)


def test_three_wrong_codes_are_enough(client: Client) -> None:
    sign_up(client, NEW)
    right = code_sent_to(NEW)

    for _ in range(3):
        confirm(client, "AAAA-AAAA")
    confirm(client, right)

    assert not is_logged_in(client)
    assert not EmailAddress.objects.get().verified


def test_a_code_of_another_browser_opens_nothing(client: Client) -> None:
    sign_up(client, NEW)
    theirs = code_sent_to(NEW)
    other = Client()
    sign_up(other, "mallory@example.com")

    confirm(other, theirs)

    assert not is_logged_in(other)


def test_another_code_can_be_sent(client: Client) -> None:
    sign_up(client, NEW)
    first = code_sent_to(NEW)
    cache.clear()  # ten seconds later
    client.post(reverse("account_email_verification_sent"), {"action": "resend"})

    second = code_sent_to(NEW)
    assert second != first
    confirm(client, second)
    assert is_logged_in(client)


@pytest.mark.parametrize("password", ["short", "password123", "1234567890", "grace@example.com"])
def test_a_password_that_is_easy_to_guess_is_refused(password: str, client: Client) -> None:
    answer = sign_up(client, NEW, password)

    page_of(answer)
    assert 'class="errorlist"' in answer.content.decode()
    assert not User.objects.exists()


def test_an_address_that_is_taken_reads_like_one_that_is_not(ada: User, client: Client) -> None:
    new = sign_up(client, NEW)
    taken = sign_up(Client(), ada.email)

    assert new.redirect_chain == taken.redirect_chain
    pages_differ_only_in(
        CSRF.sub("", new.content.decode()),
        CSRF.sub("", taken.content.decode()),
        words=(NEW, ada.email),
    )
    # a letter each: only their readers learn which it was
    assert [len(mails_to(NEW)), len(mails_to(ada.email))] == [1, 1]
    assert "You have an account with" in mails_to(ada.email)[0].body
    assert ada.check_password(PASSWORD)


def test_an_address_that_is_taken_takes_as_long(
    ada: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashing a password is what takes the time, and it is done in both cases."""
    hashed: list[str] = []
    monkeypatch.setattr(forms, "make_password", hashed.append)

    sign_up(client, ada.email)

    assert hashed == [GOOD_PASSWORD]


def test_no_code_opens_an_address_that_is_taken(ada: User, client: Client) -> None:
    sign_up(client, ada.email)

    confirm(client, "")
    confirm(client, "AAAA-AAAA")

    assert not is_logged_in(client)


def test_a_switch_closes_it(client: Client) -> None:
    with override_switch("sign_up", active=False):
        page = page_of(client.get(reverse("account_signup")))
        sign_up(client, NEW)
        log_in_page = client.get(reverse("login")).content.decode()

    assert not page.all("input") or all(i.get("name") != "email" for i in page.all("input"))
    assert not User.objects.exists()
    assert reverse("account_signup") not in log_in_page


def test_the_page_says_when_there_is_no_mail_server(client: Client, settings: Settings) -> None:
    said = "This server has no mail server: the mail is printed in its log."
    pages = [reverse("account_signup"), reverse("account_reset_password")]
    assert all(said not in client.get(page).content.decode() for page in pages)

    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    assert all(said in client.get(page).content.decode() for page in pages)


def test_a_mail_server_that_is_away_is_said_and_breaks_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise SMTPException("away")

    monkeypatch.setattr(mail.EmailMessage, "send", away)

    answer = sign_up(client, NEW)

    page_of(answer)
    assert "The mail server does not answer" in answer.content.decode()
    assert User.objects.filter(email=NEW).exists()


def test_too_many_newcomers_from_one_address_wait(client: Client) -> None:
    for n in range(20):
        sign_up(client, f"n{n}@example.com", "short")

    page_of(sign_up(client, NEW), status=429)


def test_an_address_that_waits_for_its_code_is_answered_with_what_to_do(client: Client) -> None:
    """A stranger began to sign up with it a moment ago, or the same user in another window."""
    sign_up(client, NEW)

    logged_in = log_in(Client(), NEW)
    signed_up = sign_up(Client(), NEW, "another seven umbrellas")

    for answer in (logged_in, signed_up):
        page = page_of(answer, status=429)
        assert "sent to this address a moment ago" in answer.content.decode()
        assert reverse("account_reset_password") in [a.get("href") for a in page.all("a")]


def test_mails_are_in_the_language_of_the_sign_up_page(client: Client) -> None:
    client.cookies["django_language"] = "de"
    sign_up(client, NEW)

    assert User.objects.get().language == "de"


# --- accounts that somebody else has made ---------------------------------------------------
def test_who_was_made_by_staff_or_a_command_gets_in_at_once(ada: User, client: Client) -> None:
    assert not EmailAddress.objects.exists()

    log_in(client, ada.email, PASSWORD)

    assert is_logged_in(client)
    assert EmailAddress.objects.get(user=ada).verified
    assert not mail.outbox


def test_an_address_that_staff_change_counts_at_once(ada: User, sam: User, client: Client) -> None:
    log_in(client, ada.email, PASSWORD)
    staff = Client()
    staff.force_login(sam)
    form = {"email": "countess@example.com", "is_active": "on"}
    staff.post(reverse("admin:accounts_user_change", args=[ada.pk]), form)

    ada.refresh_from_db()
    assert ada.email == "countess@example.com"
    assert [a.email for a in EmailAddress.objects.filter(user=ada)] == ["countess@example.com"]
    old, new = Client(), Client()
    log_in(old, "ada@example.com", PASSWORD)
    log_in(new, "countess@example.com", PASSWORD)
    assert (is_logged_in(old), is_logged_in(new)) == (False, True)


def test_an_address_that_changed_hands_is_the_new_owners(ada: User, eve: User) -> None:
    mark_email_verified(ada)
    User.objects.filter(pk=ada.pk).update(email="countess@example.com")
    User.objects.filter(pk=eve.pk).update(email="ada@example.com")
    eve.refresh_from_db()

    mark_email_verified(eve)

    client = Client()
    log_in(client, "ada@example.com", PASSWORD)
    assert client.session["_auth_user_id"] == str(eve.pk)


def test_an_address_that_signed_up_is_not_marked_verified(client: Client) -> None:
    sign_up(client, NEW)

    mark_email_verified(User.objects.get())

    assert not EmailAddress.objects.get().verified


def test_accounts_of_before_count_as_confirmed(ada: User, client: Client) -> None:
    """What the migration does: once, and not to accounts that sign up."""
    sign_up(client, NEW)
    migration = import_module("accounts.migrations.0007_vouched_addresses")

    for _ in range(2):
        migration.vouch(apps, SimpleNamespace(connection=connection))

    verified = dict(EmailAddress.objects.values_list("email", "verified"))
    assert verified == {ada.email: True, NEW: False}
