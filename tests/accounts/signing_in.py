"""Signing up and logging in by the pages, in a test."""

from __future__ import annotations

import re
from typing import Any

from django.core import mail
from django.test import Client
from django.urls import reverse

CODE = re.compile(r"^    ([A-Z0-9]{4}-[A-Z0-9]{4})$", re.MULTILINE)
GOOD_PASSWORD = "seven green umbrellas"


def mails_to(email: str) -> list[Any]:
    """What was sent to an address, the newest last."""
    return [letter for letter in mail.outbox if letter.to == [email.lower()]]


def code_sent_to(email: str) -> str:
    """The code in the newest mail to an address."""
    found = CODE.search(mails_to(email)[-1].body)
    assert found, mails_to(email)[-1].body
    return found[1]


def sign_up(client: Client, email: str, password: str = GOOD_PASSWORD) -> Any:
    form = {"email": email, "password1": password}
    return client.post(reverse("account_signup"), form, follow=True)


def confirm(client: Client, code: str) -> Any:
    return client.post(reverse("account_email_verification_sent"), {"code": code}, follow=True)


def join(client: Client, email: str, password: str = GOOD_PASSWORD) -> Any:
    """Sign up and confirm the address: the page that this leads to."""
    sign_up(client, email, password)
    return confirm(client, code_sent_to(email))


def log_in(client: Client, email: str, password: str = GOOD_PASSWORD, **more: str) -> Any:
    return client.post(reverse("login"), {"login": email, "password": password} | more)


def reauthenticate(client: Client, password: str = GOOD_PASSWORD) -> None:
    """Enter the password again: sensitive pages are open for five minutes."""
    answer = client.post(reverse("account_reauthenticate"), {"password": password})
    assert answer.status_code == 302, answer.content.decode()


def is_logged_in(client: Client) -> bool:
    return "_auth_user_id" in client.session
