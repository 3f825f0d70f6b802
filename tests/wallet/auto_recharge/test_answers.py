"""No answer, or several askers at once: still one charge."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from tests.wallet.auto_recharge.cast import later, state_of
from tests.wallet.billing_cast import (
    DOLLAR,
    charges,
    credits_of,
    make_old,
    make_order_old,
    spend,
    standing_order,
    webhooks_arrive,
)
from tests.wallet.cast import fund, money_of
from wallet import auto_recharge, services, stripe_events
from wallet.audit import audit
from wallet.gateway import GatewayRefused, GatewayUnavailable
from wallet.models import AutoRecharge, Topup

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


# --- no answer ----------------------------------------------------------------------------
@pytest.mark.parametrize("was_carried_out", [False, True])
def test_without_an_answer_the_same_charge_is_asked_for_again(stripe, user, order, was_carried_out):
    stripe.fail_next(GatewayUnavailable(), after=was_carried_out)
    auto_recharge.run_due()
    assert charges(user) == [("created", 2500)]
    assert auto_recharge.run_due() == 0, "not before a minute has passed"

    assert auto_recharge.run_due(later(seconds=61)) == 1

    assert charges(user) == [("processing", 2500)]
    assert len({call.args["key"] for call in stripe.asked("charge_saved_card")}) == 1
    assert len(stripe.intents) == 1
    webhooks_arrive(stripe)
    assert credits_of(user) == [25 * DOLLAR]


def test_a_crash_between_the_row_and_the_call_is_made_good(stripe, user, order, monkeypatch):
    with monkeypatch.context() as crash:
        crash.setattr(stripe, "charge_saved_card", lambda *_a, **_k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            auto_recharge.run_due()
    assert charges(user) == [("created", 2500)]
    assert auto_recharge.run_due(later(seconds=61)) == 1
    webhooks_arrive(stripe)
    assert money_of(user) == (29 * DOLLAR, 0)


def test_the_webhook_may_be_faster_than_the_answer(stripe, user, order, monkeypatch):
    ask = stripe.charge_saved_card

    def answered_late(*args, **words):
        payment = ask(*args, **words)
        webhooks_arrive(stripe)
        return payment

    monkeypatch.setattr(stripe, "charge_saved_card", answered_late)
    auto_recharge.run_due()
    assert charges(user) == [("completed", 2500)]
    assert credits_of(user) == [25 * DOLLAR]


def test_no_answer_ends_the_round_and_the_next_account_comes_then(stripe, user, order, stranger):
    standing_order(stripe, stranger)
    stripe.fail_next(GatewayUnavailable())
    assert auto_recharge.run_due() == 1
    assert auto_recharge.run_due() == 1
    assert charges(stranger) == [("processing", 2500)]


@pytest.mark.parametrize("what", ["changed", "too old", "not low any more", "switched off"])
def test_a_charge_that_is_not_wanted_any_more_is_not_asked_for_again(stripe, user, order, what):
    stripe.fail_next(GatewayUnavailable())
    auto_recharge.run_due()
    topup = Topup.objects.get(user=user)
    if what == "changed":
        standing_order(stripe, user, amount_cents=5000)
    elif what == "too old":
        make_order_old(user, hours=48)
        make_old(topup, hours=23)
    elif what == "not low any more":
        fund(user, DOLLAR)
    else:
        AutoRecharge.objects.filter(pk=user.pk).update(is_enabled=False)

    assert auto_recharge.run_due(later(hours=1)) == 0
    assert len(stripe.asked("charge_saved_card")) == 1


@pytest.mark.parametrize("code", ["key_refused", "idempotency_key_in_use"])
def test_a_refusal_that_is_not_the_cards_counts_as_no_answer(stripe, user, order, code):
    stripe.fail_next(GatewayRefused("Not now.", code))
    auto_recharge.run_due()
    assert charges(user) == [("created", 2500)]
    assert state_of(user) == ("active", 0)


# --- at once ------------------------------------------------------------------------------
@pytest.mark.race
def test_eight_threads_charge_once(stripe, user, order):
    gate = Barrier(8)

    def run(_number: int) -> int:
        gate.wait()
        try:
            return auto_recharge.run_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(run, range(8))) == 1
    assert len(stripe.asked("charge_saved_card")) == 1
    assert charges(user) == [("processing", 2500)]


@pytest.mark.race
def test_an_order_that_is_being_changed_is_waited_for(stripe, user, order):
    def run() -> int:
        try:
            return auto_recharge.run_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            AutoRecharge.objects.filter(pk=user.pk).update(is_enabled=False)
            charging = pool.submit(run)
            time.sleep(0.3)
        assert charging.result() == 0
    assert charges(user) == []


@pytest.mark.race
def test_threads_that_charge_and_credit_never_pass_the_cap(stripe, user, order):
    """Each credit is spent at once, so that the next charge is always due."""
    gate = Barrier(4)

    def run(_number: int) -> None:
        gate.wait()
        try:
            for _ in range(6):
                auto_recharge.run_due(later(minutes=2))
                for event in list(stripe.told):
                    stripe_events.handle(event)
                left = services.available(user)
                if left >= 5 * DOLLAR:
                    try:
                        spend(user, left)
                    except services.InsufficientBalance:
                        continue
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))
    assert charges(user) == [("completed", 2500)] * 4
    assert len([i for i in stripe.intents.values() if i.status == "succeeded"]) == 4
    assert audit().breaches == []
