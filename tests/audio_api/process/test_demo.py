"""The demo account: made once, with credit, a key and an administrator beside it."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from accounts import services as accounts
from accounts.models import ApiKey, User
from audio_api.process import demo
from wallet import services as wallet

pytestmark = pytest.mark.django_db


def test_the_demo_account_has_ten_dollars_and_a_key_that_works() -> None:
    made = demo.ensure()
    user = User.objects.get(email=demo.DEMO_EMAIL)
    assert wallet.balance(user).available_micros == 10_000_000
    assert made.token
    key = accounts.find_api_key(made.token)
    assert key
    assert key.user == user
    assert user.check_password(made.password)
    assert not user.is_staff


def test_its_first_request_brings_no_warning(settings: Settings) -> None:
    demo.ensure()
    user = User.objects.get(email=demo.DEMO_EMAIL)
    assert wallet.balance(user).available_micros > settings.LOW_BALANCE_MICROS


def test_an_administrator_is_made_beside_it() -> None:
    made = demo.ensure()
    admin = User.objects.get(email=made.admin_email)
    assert admin.is_superuser
    assert admin.check_password(made.admin_password)


def test_a_second_time_nothing_is_made_and_nothing_can_be_shown() -> None:
    demo.ensure()
    again = demo.ensure()
    assert (again.token, again.password, again.admin_password) == (None, None, None)
    assert ApiKey.objects.count() == 1
    user = User.objects.get(email=demo.DEMO_EMAIL)
    assert wallet.balance(user).available_micros == 10_000_000
    words = "\n".join(again.lines())
    assert "create_api_key --email demo@example.com" in words
    assert "changepassword" in words


def test_an_administrator_who_exists_is_enough() -> None:
    User.objects.create_superuser("ada@example.com", "a long password")
    made = demo.ensure()
    assert made.admin_email == "ada@example.com"
    assert made.admin_password is None
    assert User.objects.filter(is_superuser=True).count() == 1


def test_when_something_fails_nothing_half_made_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_arguments: object) -> None:
        raise RuntimeError("no key today")

    monkeypatch.setattr(accounts, "create_api_key", fail)
    with pytest.raises(RuntimeError):
        demo.ensure()
    assert not User.objects.exists()
