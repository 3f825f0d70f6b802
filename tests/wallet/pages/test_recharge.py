"""The standing order for auto-recharge."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.accounts.signing_in import GOOD_PASSWORD, log_in
from tests.clock import at
from tests.pages import page_of
from tests.wallet.billing_cast import paid_topup, spend, standing_order
from tests.wallet.gateway.recording import RecordingGateway
from tests.wallet.pages.reading import WALLET, words
from wallet import auto_recharge, views
from wallet.models import AutoRecharge, Topup

pytestmark = pytest.mark.django_db


RECHARGE = "/dashboard/wallet/auto-recharge/"
ORDER = {
    "enabled": "on",
    "threshold_micros": "5",
    "amount_cents": "25",
    "monthly_cap_cents": "100",
}


@pytest.fixture
def card(user: User, recording: RecordingGateway) -> str:
    """A saved card of the owner's."""
    return recording.save_card(recording.ensure_customer(user)).payment_method_id


def test_auto_recharge_by_a_saved_card(user: User, as_owner: Client, card: str) -> None:
    # Given a page with one card on it, chosen already
    answer = as_owner.get(RECHARGE)
    page_of(answer)
    assert re.search(rf'value="{card}"[^>]* checked', answer.content.decode())
    assert "Visa ending 4242, expires" in words(answer)
    assert "I allow AudioPod to charge the card" in words(answer)

    # When it is sent, Then consent is kept with time and address
    answer = as_owner.post(RECHARGE, ORDER | {"payment_method_id": card})
    assert answer.headers["Location"] == WALLET
    order = AutoRecharge.objects.get()
    assert (order.is_enabled, order.payment_method_id) == (True, card)
    assert (order.threshold_micros, order.amount_cents) == (5_000_000, 2500)
    assert (order.monthly_cap_cents, order.consent_ip) == (10_000, "127.0.0.1")
    assert order.consent_at is not None
    text = words(as_owner.get(WALLET))
    assert "$25.00 when the balance falls below $5.00, at most $100.00 a month." in text

    # When it is turned off, Then it is off
    as_owner.post(RECHARGE, {name: value for name, value in ORDER.items() if name != "enabled"})
    assert not AutoRecharge.objects.get().is_enabled


def test_who_turns_it_on_shows_once_more_who_they_are(
    user: User, client: Client, card: str
) -> None:
    # Given a session that was left open
    user.set_password(GOOD_PASSWORD)
    user.save()
    log_in(client, user.email)
    UserSession.objects.update(created_at=timezone.now() - timedelta(minutes=5))

    # Then turning it off asks nothing, and turning it on does
    off = {name: value for name, value in ORDER.items() if name != "enabled"}
    assert client.post(RECHARGE, off).headers["Location"] == WALLET
    asked = client.post(RECHARGE, ORDER | {"payment_method_id": card})
    assert asked.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert not AutoRecharge.objects.get().is_enabled

    # When the password is given, Then the form goes on as it was sent
    form = {"password": GOOD_PASSWORD, "next": RECHARGE}
    answer = client.post(reverse("account_reauthenticate"), form)
    assert answer.headers["Location"] == WALLET
    order = AutoRecharge.objects.get()
    assert (order.is_enabled, order.payment_method_id) == (True, card)
    assert (order.amount_cents, order.consent_ip) == (2500, "127.0.0.1")


def test_a_limit_that_is_reached_says_until_when(
    user: User, as_owner: Client, recording: RecordingGateway
) -> None:
    # Given an order whose next charge would be more than the month allows
    with at(datetime(2026, 11, 23, tzinfo=UTC)):
        standing_order(recording, user, amount_cents=2500, monthly_cap_cents=2500)
        paid_topup(user, kind=Topup.Kind.AUTO)
        spend(user, 24_000_000)
        auto_recharge.run_due()

        # Then the page says when it goes on
        answer = as_owner.get(WALLET)
    page_of(answer)
    assert "paused until 1 December" in words(answer)
    assert "Last time" not in words(answer)

    # And from then on nothing of that
    with at(datetime(2026, 12, 1, tzinfo=UTC)):
        assert "paused" not in words(as_owner.get(WALLET))


def test_a_bank_that_asks_leaves_another_card_to_choose(
    user: User, as_owner: Client, recording: RecordingGateway
) -> None:
    standing_order(recording, user)
    AutoRecharge.objects.update(state="needs_authentication")
    assert "or choose another card" in words(as_owner.get(WALLET))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"payment_method_id": ""}, "Choose one of your saved cards"),
        ({"payment_method_id": "pm_of_somebody_else"}, "not one of the available choices"),
        ({"monthly_cap_cents": "24"}, "at least the amount of one recharge"),
        ({"amount_cents": "0.5"}, "between $1 and $10,000"),
        ({"threshold_micros": ""}, "This field is required"),
    ],
)
def test_an_order_that_is_wrong(
    change: dict[str, str], said: str, as_owner: Client, card: str
) -> None:
    answer = as_owner.post(RECHARGE, ORDER | {"payment_method_id": card} | change)

    page_of(answer)
    assert said in words(answer)
    assert not AutoRecharge.objects.filter(is_enabled=True).exists()


def test_without_a_card_it_says_how_to_save_one(
    as_owner: Client, recording: RecordingGateway
) -> None:
    answer = as_owner.get(RECHARGE)

    page_of(answer)
    assert "No card is saved yet" in words(answer)


def test_turning_it_off_needs_no_provider(
    user: User, as_owner: Client, card: str, recording: RecordingGateway
) -> None:
    as_owner.post(RECHARGE, ORDER | {"payment_method_id": card})
    recording.fail_next()
    recording.fail_next()

    answer = as_owner.get(RECHARGE)
    page_of(answer)
    assert "be shown meanwhile; turning auto-recharge off works" in words(answer)

    as_owner.post(RECHARGE, {name: value for name, value in ORDER.items() if name != "enabled"})
    assert not AutoRecharge.objects.get().is_enabled


def test_an_order_that_has_stopped_says_why(user: User, as_owner: Client, card: str) -> None:
    as_owner.post(RECHARGE, ORDER | {"payment_method_id": card})
    for state, said in (
        ("needs_authentication", "Your bank wants to ask you"),
        ("declined", "declined too often"),
    ):
        AutoRecharge.objects.update(state=state, error="The bank said no.")
        answer = as_owner.get(WALLET)
        page_of(answer)
        assert said in words(answer)
        assert "Last time: The bank said no." in words(answer)


def test_auto_recharge_without_a_provider(as_owner: Client) -> None:
    answer = as_owner.get(RECHARGE)

    page_of(answer)
    assert "not configured on this server" in words(answer)
    assert as_owner.post(RECHARGE, ORDER).status_code == 200


def test_the_page_stops_looking_within_some_minutes() -> None:
    assert views.MAX_CHECKS * views.CHECK_SECONDS <= 180
