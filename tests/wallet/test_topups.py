"""Attempts to pay: kept before the provider hears of them, asked for once."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from tests.wallet.cast import money_of
from wallet import topups
from wallet.exceptions import IdempotencyConflict
from wallet.gateway import (
    GatewayRefused,
    GatewayUnavailable,
    PaymentsNotConfigured,
)
from wallet.models import Topup

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def only_topup() -> Topup:
    return Topup.objects.get()


# --- a page ---------------------------------------------------------------------------------


def test_a_top_up_has_a_page_and_no_money_yet(recording, user):
    topup = topups.start_checkout(user, 2500)

    assert topup == only_topup()
    assert (topup.kind, topup.status, topup.amount_cents) == ("checkout", "open", 2500)
    session = recording.sessions[topup.session_id]
    assert topup.url == session.url
    assert session.expires_at == topup.expires_at.replace(microsecond=0)
    hour = timedelta(hours=1)
    assert timedelta(minutes=59) < topup.expires_at - timezone.now() <= hour
    assert money_of(user) == (0, 0)


def test_the_customer_comes_back_to_pages_of_ours(recording, settings, user):
    settings.PUBLIC_URL = "https://audio.example"
    topup = topups.start_checkout(user, 2500)
    (call,) = recording.asked("create_checkout")
    done, cancelled = (reverse(name, args=[topup.pk]) for name in ("topup-done", "topup-cancelled"))
    assert call.args["success_url"] == f"https://audio.example{done}?sid={{CHECKOUT_SESSION_ID}}"
    assert call.args["cancel_url"] == f"https://audio.example{cancelled}"


@pytest.mark.parametrize("saves", [True, False])
def test_the_card_is_kept_only_when_asked(recording, user, saves):
    topups.start_checkout(user, 2500, save_card=saves)
    (call,) = recording.asked("create_checkout")
    assert call.args["save_card"] is saves


def test_the_attempt_is_there_before_the_provider_hears_of_it(recording, user, monkeypatch):
    seen = []

    def create_checkout(topup, **kwargs):
        seen.append(Topup.objects.get(pk=topup.pk).status)
        return make_page(topup, **kwargs)

    make_page = recording.create_checkout
    monkeypatch.setattr(recording, "create_checkout", create_checkout)
    topups.start_checkout(user, 2500)
    assert seen == ["created"]


def test_a_double_click_makes_one_page(recording, user):
    nonce = uuid.uuid4()
    first, second = (topups.start_checkout(user, 2500, topup_id=nonce) for _ in range(2))
    assert first == second
    assert first.url == second.url
    assert len(recording.sessions) == 1


def test_an_idempotency_key_makes_one_page_for_each_account(recording, user, stranger):
    first, second = (topups.start_checkout(user, 2500, idempotency_key="k") for _ in range(2))
    assert first == second
    assert topups.start_checkout(stranger, 2500, idempotency_key="k") != first
    assert topups.start_checkout(user, 2500, idempotency_key="k") == first
    assert len(recording.sessions) == len(recording.asked("create_checkout")) == 2


def test_without_a_key_every_call_is_an_attempt_of_its_own(recording, user):
    assert topups.start_checkout(user, 2500) != topups.start_checkout(user, 2500)


def test_a_key_is_not_used_for_something_else(recording, user, stranger):
    nonce = uuid.uuid4()
    topups.start_checkout(user, 2500, topup_id=nonce, idempotency_key="k")
    for call in (
        lambda: topups.start_checkout(user, 2600, idempotency_key="k"),
        lambda: topups.start_payment(user, 2500, idempotency_key="k"),
        lambda: topups.start_checkout(user, 2600, topup_id=nonce),
        lambda: topups.start_checkout(stranger, 2500, topup_id=nonce),
    ):
        with pytest.raises(IdempotencyConflict):
            call()
    assert len(recording.sessions) == 1


@pytest.mark.parametrize("cents", [100, 1_000_000])
def test_the_least_and_the_most(recording, user, cents):
    assert topups.start_checkout(user, cents).amount_cents == cents


@pytest.mark.parametrize("cents", [-2500, 0, 99, 1_000_001])
def test_no_other_amount(recording, user, cents):
    for start in (topups.start_checkout, topups.start_payment):
        with pytest.raises(topups.InvalidAmount) as refusal:
            start(user, cents)
        assert str(refusal.value) == "Amount must be between $1.00 and $10,000.00"
    assert not Topup.objects.exists()


def test_without_a_provider_nothing_is_begun(user, settings):
    settings.STRIPE_SECRET_KEY = ""
    for start in (topups.start_checkout, topups.start_payment):
        with pytest.raises(PaymentsNotConfigured):
            start(user, 2500)
    assert not Topup.objects.exists()


# --- trouble --------------------------------------------------------------------------------


@pytest.mark.parametrize("lost_after", [False, True])
def test_without_an_answer_the_same_attempt_is_asked_for_again(recording, user, lost_after):
    customer_id = recording.ensure_customer(user)
    nonce = uuid.uuid4()
    trouble = GatewayUnavailable()
    for _ in range(2):  # the customer is looked for first, then the page is asked for
        recording.fail_next(trouble, after=lost_after)
        with pytest.raises(GatewayUnavailable):
            topups.start_checkout(user, 2500, topup_id=nonce)
        assert only_topup().status == "created"

    topup = topups.start_checkout(user, 2500, topup_id=nonce)

    assert (topup.status, only_topup()) == ("open", topup)
    assert recording.ensure_customer(user) == customer_id
    assert len(recording.sessions) == 1


def test_a_page_that_was_lost_in_a_crash_is_found_again(recording, user, monkeypatch):
    nonce = uuid.uuid4()
    with monkeypatch.context() as patch:
        patch.setattr(recording, "create_checkout", crashing(recording.create_checkout))
        with pytest.raises(ZeroDivisionError):
            topups.start_checkout(user, 2500, topup_id=nonce)
    assert only_topup().session_id is None

    topup = topups.start_checkout(user, 2500, topup_id=nonce)

    assert list(recording.sessions) == [topup.session_id]


def crashing(call):
    def crash(*args, **kwargs):
        call(*args, **kwargs)
        raise ZeroDivisionError

    return crash


def test_a_refusal_ends_the_attempt_and_says_why(recording, user):
    recording.ensure_customer(user)
    nonce = uuid.uuid4()
    recording.fail_next(GatewayRefused("Your account cannot take payments.", "account_invalid"))
    with pytest.raises(GatewayRefused):
        topups.start_checkout(user, 2500, topup_id=nonce)
    assert only_topup().status == "failed"
    assert only_topup().error == "Your account cannot take payments."

    with pytest.raises(GatewayRefused, match=r"cannot take payments\. Begin a new one") as again:
        topups.start_checkout(user, 2500, topup_id=nonce)
    assert again.value.code == "topup_over"
    assert recording.sessions == {}


def test_a_refused_twin_leaves_the_page_that_was_made(recording, user):
    nonce = uuid.uuid4()
    first = topups.start_checkout(user, 2500, topup_id=nonce)
    Topup.objects.update(session_id=None)  # as the twin sees it, which began before
    with pytest.raises(GatewayRefused):
        topups.start_checkout(user, 2500, topup_id=nonce, save_card=True)
    assert Topup.objects.get(pk=first.pk).status == "open"


def test_an_attempt_of_the_other_mode_is_over(recording, user):
    nonce = uuid.uuid4()
    topups.start_checkout(user, 2500, topup_id=nonce)
    recording.livemode = True
    with pytest.raises(GatewayRefused) as refusal:
        topups.start_checkout(user, 2500, topup_id=nonce)
    assert refusal.value.code == "topup_over"
    assert topups.start_checkout(user, 2500).livemode is True


def test_a_page_that_was_paid_is_still_that_page(recording, user):
    nonce = uuid.uuid4()
    topup = topups.start_checkout(user, 2500, topup_id=nonce)
    Topup.objects.update(status="expired")
    again = topups.start_checkout(user, 2500, topup_id=nonce)
    assert (again.url, again.status) == (topup.url, "expired")


# --- a payment of the client's own page -------------------------------------------------------


def test_a_payment_has_a_secret_that_is_not_kept(recording, user):
    topup, secret = topups.start_payment(user, 2500)
    assert (topup.kind, topup.status, topup.url) == ("payment_intent", "open", "")
    payment = recording.intents[topup.payment_intent_id]
    assert secret == payment.client_secret
    kept = Topup.objects.filter(pk=topup.pk).values().get()
    assert secret not in map(str, kept.values())


def test_a_payment_asked_for_twice_is_one(recording, user):
    first, second = (topups.start_payment(user, 2500, idempotency_key="k") for _ in range(2))
    assert first == second
    assert len(recording.intents) == 1


def test_a_payment_that_was_lost_in_a_crash_is_found_again(recording, user):
    first = topups.start_payment(user, 2500, idempotency_key="k")
    Topup.objects.update(payment_intent_id=None, status="created")
    assert topups.start_payment(user, 2500, idempotency_key="k") == first
    assert len(recording.intents) == 1


# --- many at once -----------------------------------------------------------------------------


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_many_clicks_at_once_make_one_page(recording, user):
    nonce = uuid.uuid4()

    def click(_):
        try:
            return topups.start_checkout(user, 2500, topup_id=nonce).url
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        urls = set(pool.map(click, range(6)))

    assert len(urls) == 1
    assert len(recording.sessions) == 1
    assert only_topup().status == "open"
