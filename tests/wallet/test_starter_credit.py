"""Starter credit: once for each address, whoever comes with it, however often."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from tests.accounts.signing_in import (
    GOOD_PASSWORD,
    code_sent_to,
    confirm,
    join,
    log_in,
    reauthenticate,
    sign_up,
)
from tests.wallet.cast import money_of
from wallet import services, starter_credit
from wallet.audit import audit
from wallet.models import JournalEntry

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NEW = "grace@example.com"


@pytest.fixture(autouse=True)
def nothing_counted(settings: Settings) -> None:
    cache.clear()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def has(email: str) -> int:
    return money_of(User.objects.get(email=email))[0]


def test_a_new_account_gets_a_dollar_when_its_address_is_confirmed(client: Client) -> None:
    sign_up(client, NEW)
    assert has(NEW) == 0

    answer = confirm(client, code_sent_to(NEW))

    assert has(NEW) == 1_000_000
    assert "$1.00 of credit is yours" in answer.content.decode()
    entry = JournalEntry.objects.get()
    assert (entry.kind, entry.reason) == ("grant", "Starter credit of a new account.")
    assert audit().breaches == []


@pytest.mark.parametrize(("micros", "expected"), [(0, 0), (2_500_000, 2_500_000)])
def test_how_much_is_a_setting(
    micros: int, expected: int, settings: Settings, client: Client
) -> None:
    settings.STARTER_CREDIT_MICROS = micros
    said = client.get(reverse("account_signup")).content.decode()
    assert ("of credit" in said) == bool(micros)

    join(client, NEW)

    assert has(NEW) == expected


@pytest.mark.parametrize(
    ("first", "second", "gets"),
    [
        ("grace@example.com", "Grace+two@Example.com", 0),
        ("grace+one@example.com", "grace+two@example.com", 0),
        ("g.race@gmail.com", "grace+x@googlemail.com", 0),
        ("g.race@example.com", "grace@example.com", 1_000_000),
        ("grace@example.com", "grace@example.org", 1_000_000),
    ],
)
def test_an_address_in_other_clothes_gets_nothing(first: str, second: str, gets: int) -> None:
    join(Client(), first)
    join(Client(), second)

    assert has(first) == 1_000_000
    assert has(second.lower()) == gets


@pytest.mark.parametrize(
    ("email", "means"),
    [
        ('"zoe"@example.org', "zoe@example.org"),
        (r'"z\oe"@example.org', "zoe@example.org"),
        ('"zoe+one"@example.org', "zoe@example.org"),
        ("zoe@ｅxample.org", "zoe@example.org"),  # noqa: RUF001 - a full-width e
        ("zoe@exa\N{SOFT HYPHEN}mple.org", "zoe@example.org"),
        ("zoe@example.org.", "zoe@example.org"),
        ("zoe@example.org\N{IDEOGRAPHIC FULL STOP}", "zoe@example.org"),
        ("z.o.e@ｇmail.com", "zoe@gmail.com"),  # noqa: RUF001
        ("zoe@müller.example", "zoe@xn--mller-kva.example"),
    ],
    ids=ascii,
)
def test_one_mailbox_is_one_person_however_it_is_spelled(email: str, means: str) -> None:
    """Also where staff have made the account, whom no form keeps from such an address."""
    first, second = User.objects.create_user(means), User.objects.create_user(email)

    assert starter_credit.same_person(email) == means
    assert starter_credit.give(first, means)
    assert not starter_credit.give(second, email)


def test_an_address_that_comes_back_gets_nothing(client: Client) -> None:
    """Its account was closed meanwhile, or has another address now."""
    join(client, NEW)
    User.objects.filter(email=NEW).update(email="closed-1@closed.invalid", is_active=False)
    User.objects.get().emailaddress_set.all().delete()

    join(Client(), NEW)

    assert has(NEW) == 0


def test_nor_when_the_secret_of_the_server_was_changed(client: Client, settings: Settings) -> None:
    join(client, NEW)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    settings.SECRET_KEY_FALLBACKS = [old]

    join(Client(), "grace+again@example.com")

    assert has("grace+again@example.com") == 0


def test_a_change_of_address_brings_nothing(client: Client, settings: Settings) -> None:
    settings.STARTER_CREDIT_MICROS = 0
    join(client, NEW)
    settings.STARTER_CREDIT_MICROS = 1_000_000
    reauthenticate(client, GOOD_PASSWORD)
    form = {"email": "hopper@example.com", "action_add": "1"}
    client.post(reverse("account_email"), form)

    confirm(client, code_sent_to("hopper@example.com"))

    assert has("hopper@example.com") == 0


def test_who_was_made_by_staff_gets_nothing(client: Client) -> None:
    User.objects.create_user(NEW, GOOD_PASSWORD)

    log_in(client, NEW)

    assert has(NEW) == 0


def test_no_address_can_be_read_in_the_ledger(client: Client) -> None:
    join(client, NEW)

    entry = JournalEntry.objects.get()
    assert "grace" not in f"{entry.idempotency_key} {entry.reason} {entry.actor}"


def test_a_ledger_that_fails_leaves_the_address_unconfirmed(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both or neither: the next try brings both."""
    sign_up(client, NEW)
    code = code_sent_to(NEW)
    client.raise_request_exception = False

    def fail(**_: object) -> None:
        raise RuntimeError("no ledger today")

    with monkeypatch.context() as broken_ledger:
        broken_ledger.setattr(services, "grant", fail)
        assert confirm(client, code).status_code == 500
    assert not User.objects.get().emailaddress_set.get().verified

    confirm(client, code)
    assert has(NEW) == 1_000_000


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_many_accounts_of_one_mailbox_at_once_get_one_credit() -> None:
    crowd = [User.objects.create_user(f"grace+{n}@example.com") for n in range(8)]
    gate = threading.Barrier(len(crowd))

    def give(user: User) -> bool:
        gate.wait()
        try:
            return starter_credit.give(user, user.email)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(crowd)) as threads:
        given = list(threads.map(give, crowd))

    assert sum(given) == 1
    assert sum(money_of(user)[0] for user in crowd) == 1_000_000
    assert audit().breaches == []
