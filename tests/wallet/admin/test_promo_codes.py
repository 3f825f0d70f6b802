"""Promo codes as staff make and end them."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db.models import F
from django.test import Client
from django.urls import reverse

from accounts.models import User
from wallet import services
from wallet.admin import promo_codes
from wallet.models import PromoCode

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ADD = "admin:wallet_promocode_add"
FORM = {"code": "hello-26", "amount": "1.50", "reason": "Welcome", "is_active": "on"}
ENDS = {"max_redemptions": "", "expires_at_0": "", "expires_at_1": ""}


@pytest.fixture
def promo(db: None) -> PromoCode:
    return PromoCode.objects.create(code="HELLO-26", amount_micros=1_500_000, reason="Welcome")


def change(promo: PromoCode) -> str:
    return reverse("admin:wallet_promocode_change", args=[promo.pk])


def test_a_code_is_made_in_dollars(boss: User, client: Client) -> None:
    answer = client.post(reverse(ADD), FORM | ENDS | {"max_redemptions": "100"})

    assert answer.status_code == 302
    promo = PromoCode.objects.get()
    assert (promo.code, promo.amount_micros, promo.max_redemptions) == ("HELLO-26", 1_500_000, 100)
    listed = client.get(reverse("admin:wallet_promocode_changelist")).content.decode()
    assert "$1.50" in listed
    assert LogEntry.objects.filter(content_type__model="promocode").count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "no"},
        {"code": "spaces are not"},
        {"amount": "0"},
        {"amount": "-1"},
        {"amount": "much"},
        {"amount": "99999999999999"},
        {"amount": ""},
        {"reason": ""},
    ],
)
def test_a_code_that_is_wrong_is_not_made(
    wrong: dict[str, str], boss: User, client: Client
) -> None:
    answer = client.post(reverse(ADD), FORM | ENDS | wrong)

    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert PromoCode.objects.count() == 0


def test_a_code_is_made_once(boss: User, client: Client, promo: PromoCode) -> None:
    answer = client.post(reverse(ADD), FORM | ENDS)

    assert "already exists" in answer.content.decode()
    assert PromoCode.objects.count() == 1


def test_nobody_has_used_it_all_can_be_changed(
    boss: User, client: Client, promo: PromoCode
) -> None:
    assert 'value="$1.50"' in client.get(change(promo)).content.decode()

    client.post(change(promo), FORM | ENDS | {"amount": "2", "reason": "Hello"})

    promo.refresh_from_db()
    assert (promo.amount_micros, promo.reason) == (2_000_000, "Hello")


def test_once_used_only_its_end_can_be_changed(
    boss: User, user: User, client: Client, promo: PromoCode
) -> None:
    services.redeem(user=user, code=promo.code)
    page = client.get(change(promo)).content.decode()
    assert 'name="amount"' not in page
    assert 'name="code"' not in page

    client.post(change(promo), FORM | {"code": "OTHER", "amount": "9"} | ENDS | {"is_active": ""})

    promo.refresh_from_db()
    assert (promo.code, promo.amount_micros, promo.is_active) == ("HELLO-26", 1_500_000, False)
    assert promo.redeemed == 1
    assert client.post(reverse("admin:wallet_promocode_delete", args=[promo.pk])).status_code == 403


def test_it_can_not_end_before_it_was_used(
    boss: User, user: User, stranger: User, client: Client, promo: PromoCode
) -> None:
    for somebody in (user, stranger):
        services.redeem(user=somebody, code=promo.code)

    answer = client.post(change(promo), ENDS | {"is_active": "on", "max_redemptions": "1"})

    assert "redeemed 2 times already" in answer.content.decode()


def test_who_redeems_while_staff_save_is_counted(
    boss: User, client: Client, promo: PromoCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given an account that redeems between the reading of the row and its saving."""
    save = promo_codes.PromoCodeAdmin.save_model

    def slowly(*args: object) -> None:
        PromoCode.objects.update(redeemed=F("redeemed") + 1)
        save(*args)

    monkeypatch.setattr(promo_codes.PromoCodeAdmin, "save_model", slowly)

    client.post(change(promo), FORM | ENDS | {"max_redemptions": "7"})

    promo.refresh_from_db()
    assert (promo.redeemed, promo.max_redemptions) == (1, 7)


def test_staff_who_may_only_look(client: Client, promo: PromoCode) -> None:
    clerk = User.objects.create_user("clerk@example.org", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_promocode"))
    client.force_login(clerk)

    page = client.get(change(promo))

    assert page.status_code == 200
    assert "$1.50" in page.content.decode()
    assert client.post(change(promo), FORM | ENDS).status_code == 403
    assert client.get(reverse(ADD)).status_code == 403
