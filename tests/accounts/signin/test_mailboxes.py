"""One mailbox, one spelling: at sign-up, at log-in, and for accounts that staff have made."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.signin import mailboxes
from tests.accounts.conftest import PASSWORD
from tests.accounts.signing_in import (
    code_sent_to,
    confirm,
    is_logged_in,
    join,
    log_in,
    mails_to,
    reauthenticate,
    sign_up,
)
from tests.pages import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SOFT_HYPHEN = "\N{SOFT HYPHEN}"
SPELLINGS = [
    "zoe@ｅxample.org",  # noqa: RUF001 - a full-width e
    f"zoe@exa{SOFT_HYPHEN}mple.org",
    "zoe@example.org。",
    "ZOE@EXAMPLE.org",
]
REFUSED = [
    '"zoe"@example.org',
    r'"z\oe"@example.org',
    "zoe@[203.0.113.7]",
    "zoe@[2001:db8::7]",
    "\N{LATIN SMALL LETTER DOTLESS I}an@example.org",
    "\N{LATIN SMALL LETTER LONG S}am@example.org",
]


@pytest.mark.parametrize("email", SPELLINGS, ids=ascii)
def test_an_address_is_stored_in_its_one_spelling(email: str, client: Client) -> None:
    sign_up(client, email)

    assert User.objects.get().email == "zoe@example.org"
    assert len(mails_to("zoe@example.org")) == 1


def test_a_domain_with_umlauts_is_stored_as_mail_is_sent_to_it(client: Client) -> None:
    join(client, "zoe@xn--mller-kva.example")

    for email in ("zoe@müller.example", "Zoe@MÜLLER.example"):
        again = Client()
        log_in(again, email)
        assert is_logged_in(again), email
    assert User.objects.get().email == "zoe@xn--mller-kva.example"


@pytest.mark.parametrize("email", REFUSED, ids=ascii)
def test_one_that_could_be_spelled_otherwise_is_refused(email: str, client: Client) -> None:
    page = sign_up(client, email)

    page_of(page)
    assert "errorlist" in page.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize("email", [f"zoe@{'ä' * 63}.example", "zoe@a。。example"], ids=ascii)
def test_a_domain_that_is_none_is_refused(email: str) -> None:
    with pytest.raises(mailboxes.InvalidMailbox, match="with a domain name"):
        mailboxes.normalize(email)


def test_a_change_of_address_is_held_to_the_same(ada: User, client: Client) -> None:
    log_in(client, ada.email, PASSWORD)
    reauthenticate(client, PASSWORD)
    for email in ('"countess"@example.com', "countess@ｅxample.com"):  # noqa: RUF001
        client.post(reverse("account_email"), {"email": email, "action_add": "1"})

    assert not mails_to('"countess"@example.com')
    confirm(client, code_sent_to("countess@example.com"))
    ada.refresh_from_db()
    assert ada.email == "countess@example.com"


def test_who_was_made_with_another_spelling_gets_in_and_gets_a_code(client: Client) -> None:
    odd = ["zoe@müller.example", '"sam"@example.com']
    for email in odd:
        User.objects.create_user(email, PASSWORD)

        log_in(client, email, PASSWORD)
        assert is_logged_in(client), email
        client.post(reverse("logout"))
        client.post(reverse("account_reset_password"), {"email": email})
        assert code_sent_to(email)

    sign_up(Client(), odd[0])
    assert User.objects.count() == len(odd), "the address is taken, as it is spelled there"


def test_a_new_password_is_asked_for_in_any_spelling(client: Client) -> None:
    join(client, "zoe@xn--mller-kva.example")

    Client().post(reverse("account_reset_password"), {"email": "zoe@müller.example"})

    assert mails_to("zoe@xn--mller-kva.example")[-1].subject == "Choose a new password"


def test_spellings_of_one_address_share_their_attempts(ada: User) -> None:
    spellings = ["ada@ｅxample.com", f"ada@{SOFT_HYPHEN}example.com", "ada@example.com"]  # noqa: RUF001
    answers = [log_in(Client(), spellings[n % 3], "wrong").status_code for n in range(6)]

    assert answers == [200] * 5 + [429]
