"""Refunds and disputes, in whatever order Stripe tells of them."""

from __future__ import annotations

import random

import pytest

from accounts.models import User
from tests.wallet.cast import money_of
from tests.wallet.gateway import events
from tests.wallet.stripe_events.told import CREDITED, NOTHING, paid, tell
from wallet.audit import audit
from wallet.models import (
    Dispute,
    JournalEntry,
    Refund,
    StripeEvent,
    Wallet,
)
from wallet.stripe_events import handle

pytestmark = [pytest.mark.database, pytest.mark.django_db]


# --- refunds --------------------------------------------------------------------------------


def test_a_refund_is_taken_back(topup, user):
    paid(topup)
    refund = events.refund(topup, 1000, metadata={"reason": "by mistake"})
    for kind in ("refund.created", "refund.updated", "refund.updated"):
        assert tell(kind, refund).is_settled
    kept = Refund.objects.get()
    assert (kept.amount_cents, kept.status, kept.reason) == (1000, "succeeded", "by mistake")
    assert money_of(user) == (15_000_000, 0)


def test_a_refund_that_fails_is_given_again_in_any_order(topup, user):
    paid(topup)
    news = {
        "refund.created": events.refund(topup, 1000, status="pending"),
        "refund.updated": events.refund(topup, 1000, status="pending"),
        "refund.failed": events.refund(topup, 1000, status="failed"),
    }
    told = [events.event(kind, thing) for kind, thing in news.items()]
    shuffled = random.Random(topup.pk.int)
    for _ in range(3):
        shuffled.shuffle(told)
        assert all(handle(event).is_settled for event in told)
    assert money_of(user) == CREDITED
    assert Refund.objects.get().status == "failed"


@pytest.mark.parametrize("is_refund", [True, False])
def test_what_goes_back_before_it_came_has_to_come_again(recording, topup, user, is_refund):
    known_to_provider(recording, topup)
    kind, thing = (
        ("refund.created", events.refund(topup, 2500))
        if is_refund
        else ("charge.dispute.funds_withdrawn", events.dispute(topup))
    )
    told = events.event(kind, thing)
    receipt = handle(told)
    assert (receipt.http_status, receipt.outcome) == (409, "comes before its payment")

    paid(topup)
    assert handle(told).is_settled

    assert money_of(user) == NOTHING
    assert StripeEvent.objects.get(pk=told["id"]).deliveries == 2


@pytest.mark.parametrize(
    ("actor", "kept"),
    [("user:7", "user:7"), ("user:7\n", "stripe"), ("root", "stripe"), ("user:\u0667", "stripe")],
)
def test_who_refunded_is_believed_when_it_is_an_account(topup, actor, kept):
    paid(topup)
    tell("refund.created", events.refund(topup, 1000, metadata={"actor": actor}))
    assert Refund.objects.get().actor == kept


def test_a_refund_that_fails_is_undone_by_stripe(topup):
    paid(topup)
    for status in ("pending", "failed"):
        told = events.refund(topup, 1000, status=status, metadata={"actor": "user:7"})
        tell("refund.updated", told)
    assert Refund.objects.get().actor == "user:7"
    assert JournalEntry.objects.get(kind="refund_failed").actor == "stripe"


def known_to_provider(recording, topup):
    """The payment exists there, and our webhook has not heard of it."""
    payment = recording.new_payment(
        amount_cents=topup.amount_cents, metadata=events.marks(topup), customer_id="cus_1"
    )
    recording.intents[events.payment_of(topup)] = payment


def test_a_refund_of_another_currency_is_an_alarm(topup, user):
    paid(topup)
    assert tell("refund.created", events.refund(topup, 10, currency="eur")).http_status == 409
    assert money_of(user) == CREDITED


# --- disputes -------------------------------------------------------------------------------


def is_frozen(user: User) -> bool:
    return Wallet.objects.get(pk=user.pk).is_frozen


def test_a_dispute_freezes_takes_and_when_it_is_won_gives_back(topup, user):
    paid(topup)
    tell("charge.dispute.created", events.dispute(topup))
    assert is_frozen(user)
    taken = events.dispute(topup, balance_transactions=[events.withdrawal(topup)])
    tell("charge.dispute.funds_withdrawn", taken)
    assert (money_of(user), is_frozen(user)) == (NOTHING, True)
    fee = JournalEntry.objects.get(kind="dispute").postings.get(account="fees")
    assert abs(fee.amount_micros) == 15_000_000

    tell("charge.dispute.funds_reinstated", events.dispute(topup, "won"))
    tell("charge.dispute.closed", events.dispute(topup, "won"))

    assert (money_of(user), is_frozen(user)) == (CREDITED, False)
    assert Dispute.objects.get().status == "won"
    assert audit().breaches == []


def test_a_dispute_in_any_order_three_times_ends_the_same(topup, user):
    paid(topup)
    taken = [events.withdrawal(topup)]
    told = [
        events.event("charge.dispute.created", events.dispute(topup)),
        events.event(
            "charge.dispute.funds_withdrawn", events.dispute(topup, balance_transactions=taken)
        ),
        events.event("charge.dispute.updated", events.dispute(topup, "under_review")),
        events.event("charge.dispute.closed", events.dispute(topup, "won")),
        events.event("charge.dispute.funds_reinstated", events.dispute(topup, "won")),
    ]
    shuffled = random.Random(2026)
    for _ in range(3):
        shuffled.shuffle(told)
        statuses = {handle(event).http_status for event in told}
        assert statuses <= {200, 409}
    assert StripeEvent.objects.exclude(status="handled").count() == 0
    assert (money_of(user), is_frozen(user)) == (CREDITED, False)
    assert audit().breaches == []


def test_an_inquiry_freezes_nothing(topup, user):
    paid(topup)
    tell("charge.dispute.created", events.dispute(topup, "warning_needs_response"))
    assert (money_of(user), is_frozen(user)) == (CREDITED, False)


def test_the_customer_is_told_once_that_spending_is_paused(
    topup, user, mailoutbox, django_capture_on_commit_callbacks
):
    paid(topup)
    with django_capture_on_commit_callbacks(execute=True):
        tell("charge.dispute.created", events.dispute(topup, "warning_needs_response"))
    assert mailoutbox == []
    with django_capture_on_commit_callbacks(execute=True):
        tell("charge.dispute.updated", events.dispute(topup))
        tell("charge.dispute.updated", events.dispute(topup, "under_review"))
    assert [mail.to for mail in mailoutbox] == [[user.email]]


@pytest.mark.parametrize(
    ("status", "said"), [("won", "The payment stands"), ("lost", "has taken the payment back")]
)
def test_the_customer_is_told_once_what_the_bank_has_decided(
    topup, user, mailoutbox, django_capture_on_commit_callbacks, status, said
):
    paid(topup)
    taken = events.dispute(topup, balance_transactions=[events.withdrawal(topup)])
    tell("charge.dispute.funds_withdrawn", taken)
    with django_capture_on_commit_callbacks(execute=True):
        tell("charge.dispute.closed", events.dispute(topup, status))
        tell("charge.dispute.closed", events.dispute(topup, status))
        if status == "won":
            tell("charge.dispute.funds_reinstated", events.dispute(topup, "won"))
    (letter,) = mailoutbox
    assert letter.to == [user.email]
    assert said in letter.body


def test_an_inquiry_that_ends_is_worth_no_letter(
    topup, mailoutbox, django_capture_on_commit_callbacks
):
    paid(topup)
    with django_capture_on_commit_callbacks(execute=True):
        tell("charge.dispute.created", events.dispute(topup, "warning_needs_response"))
        tell("charge.dispute.closed", events.dispute(topup, "warning_closed"))
    assert mailoutbox == []


def test_a_fee_in_another_currency_is_not_booked(topup):
    paid(topup)
    abroad = events.withdrawal(topup) | {"currency": "eur"}
    taken = events.dispute(topup, balance_transactions=[abroad])
    tell("charge.dispute.funds_withdrawn", taken)
    assert not JournalEntry.objects.filter(postings__account="fees").exists()
