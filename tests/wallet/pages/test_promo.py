"""A code typed into the wallet's page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.pages import page_of
from tests.wallet.cast import money_of
from tests.wallet.pages.reading import words
from wallet.models import JournalEntry, PromoCode

pytestmark = pytest.mark.django_db


@pytest.fixture
def promo(db: None) -> PromoCode:
    """A dollar and a half."""
    return PromoCode.objects.create(code="HELLO-26", amount_micros=1_500_000, reason="Welcome")


def redeem(client: Client, code: str, **options: bool):
    return client.post(reverse("wallet-promo"), {"code": code}, **options)


def test_a_code_gives_its_amount_once(user: User, as_owner: Client, promo: PromoCode) -> None:
    answer = redeem(as_owner, " hello-26 ", follow=True)

    page_of(answer)
    assert "$1.50 added." in words(answer)
    assert "Promo code Welcome" in words(answer).partition("Latest movements")[2]
    assert money_of(user) == (1_500_000, 0)
    entry = JournalEntry.objects.get()
    assert (entry.kind, entry.actor) == ("promo", f"user:{user.pk}")

    answer = redeem(as_owner, "HELLO-26")
    page_of(answer)
    assert "You have used this code already." in words(answer)
    assert 'value="HELLO-26"' in answer.content.decode()
    assert money_of(user) == (1_500_000, 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"is_active": False}, "not valid any more"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "not valid any more"),
        ({"max_redemptions": 0}, "not valid any more"),
        ({"code": "ANOTHER"}, "There is no such code"),
    ],
)
def test_codes_that_give_nothing(
    change: dict[str, object], said: str, user: User, as_owner: Client, promo: PromoCode
) -> None:
    PromoCode.objects.update(**change)

    answer = redeem(as_owner, "HELLO-26")

    page_of(answer)
    assert said in words(answer)
    assert money_of(user) == (0, 0)


@pytest.mark.parametrize("code", ["", "x" * 65, "<script>", "' OR 1=1"])
def test_what_is_no_code(code: str, as_owner: Client, promo: PromoCode) -> None:
    answer = redeem(as_owner, code)

    page_of(answer)
    assert 'class="errorlist"' in answer.content.decode()


def test_codes_can_not_be_tried_one_by_one(
    as_owner: Client, promo: PromoCode, settings: Settings
) -> None:
    settings.ACCOUNT_CHANGES_PER_MINUTE = 2

    # more than two minutes allow, for a minute may begin meanwhile
    told = [words(redeem(as_owner, f"WRONG-{number}")) for number in range(6)]

    assert "no such code" in told[0]
    assert any("too often" in said for said in told)
