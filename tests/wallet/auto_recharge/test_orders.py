"""What the customer wants: kept with consent, checked, and started anew by every change."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from tests.wallet.auto_recharge.cast import state_of
from tests.wallet.billing_cast import (
    DOLLAR,
    standing_order,
)
from tests.wallet.cast import fund
from wallet import auto_recharge
from wallet.auto_recharge import InvalidAutoRecharge
from wallet.gateway import GatewayUnavailable
from wallet.models import AutoRecharge, Topup

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def test_consent_is_kept_with_its_time_and_address(stripe, user, order):
    assert order.is_enabled
    assert order.card == "Visa ending 4242"
    assert order.consent_ip == "192.0.2.7"
    assert timezone.now() - order.consent_at < timedelta(minutes=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold_micros": -1},
        {"amount_cents": 99},
        {"amount_cents": 1_000_001, "monthly_cap_cents": 2_000_000},
        {"monthly_cap_cents": 2499},
        {"monthly_cap_cents": 10**12},
        {"threshold_micros": 10**18},
    ],
    ids=str,
)
def test_numbers_that_will_not_do_are_refused(stripe, user, wrong):
    with pytest.raises(InvalidAutoRecharge):
        standing_order(stripe, user, **wrong)
    assert not AutoRecharge.objects.exists()


def configure(user: User, payment_method_id: str, **changes) -> AutoRecharge:
    wanted = {"enabled": True, "threshold_micros": 0, "amount_cents": 100}
    wanted |= {"monthly_cap_cents": 100, "payment_method_id": payment_method_id, "ip": None}
    return auto_recharge.configure(user, **wanted | changes)


def test_the_card_of_somebody_else_is_refused(stripe, user, stranger, order):
    with pytest.raises(InvalidAutoRecharge):
        configure(stranger, order.payment_method_id)
    stripe.save_card(stripe.ensure_customer(stranger))
    with pytest.raises(InvalidAutoRecharge):
        configure(stranger, order.payment_method_id)
    with pytest.raises(InvalidAutoRecharge):
        configure(user, "")


def test_it_can_be_switched_off_without_the_provider(stripe, user, order):
    stripe.fail_next(GatewayUnavailable())
    off = configure(user, "", enabled=False)
    assert not off.is_enabled
    assert off.payment_method_id == order.payment_method_id, "to be switched on again"
    assert auto_recharge.run_due() == 0


def test_a_change_forgets_what_failed(stripe, user):
    fund(user, 4 * DOLLAR)
    standing_order(stripe, user, card="pm_card_authenticationRequired")
    auto_recharge.run_due()
    standing_order(stripe, user)
    assert state_of(user) == ("active", 0)
    assert auto_recharge.run_due() == 1


def test_a_failure_of_the_order_before_does_not_stop_the_new_one(stripe, user, order):
    auto_recharge.run_due()
    standing_order(stripe, user)
    auto_recharge.payment_failed(Topup.objects.get(user=user), "card_declined", "No.")
    assert state_of(user) == ("active", 0)


def test_a_removed_card_switches_it_off(stripe, user, order, stranger):
    other = standing_order(stripe, stranger)
    auto_recharge.card_removed(order.payment_method_id)
    mine = AutoRecharge.objects.get(pk=user.pk)
    assert (mine.is_enabled, mine.payment_method_id, mine.card) == (False, "", "")
    assert AutoRecharge.objects.get(pk=stranger.pk).payment_method_id == other.payment_method_id


def test_a_card_that_a_page_has_kept_is_charged_once_its_owner_says_so(stripe, user):
    fund(user, 4 * DOLLAR)
    standing_order(stripe, user, card="pm_card_authenticationRequired")
    auto_recharge.run_due()
    card = stripe.save_card(stripe.ensure_customer(user))

    auto_recharge.card_saved(user, card)
    assert state_of(user) == ("needs_authentication", 1), "the consent was for the other card"
    assert auto_recharge.run_due() == 0

    standing_order(stripe, user)
    assert auto_recharge.run_due() == 1


def test_a_card_is_kept_without_an_order_and_charged_by_none(stripe, user):
    fund(user, DOLLAR)
    auto_recharge.card_saved(user, stripe.save_card(stripe.ensure_customer(user)))
    assert AutoRecharge.objects.get(pk=user.pk).card == "Visa ending 4242"
    assert auto_recharge.run_due() == 0
