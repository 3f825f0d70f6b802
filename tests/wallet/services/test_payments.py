"""Payments that Stripe tells of, in any order and any number of times."""

from __future__ import annotations

import itertools
import uuid
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from tests.wallet.cast import ask, legs, money_of, pay, refund, take_hold
from wallet import services
from wallet.audit import audit
from wallet.models import Dispute, JournalEntry, Refund, Topup, Wallet

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def complete(topup: Topup, intent: str = "pi_1", paid_cents: int | None = None) -> JournalEntry:
    return services.complete_topup(
        topup_id=topup.pk,
        payment_intent_id=intent,
        paid_cents=topup.amount_cents if paid_cents is None else paid_cents,
        receipt_url="https://pay.example/receipt",
    )


# --- top-ups ---


def test_a_payment_is_credited(user):
    topup = ask(user, 2_500)
    entry = complete(topup)
    topup.refresh_from_db()
    assert money_of(user) == (25_000_000, 0)
    assert (topup.status, topup.paid_cents, topup.payment_intent_id) == ("completed", 2_500, "pi_1")
    assert topup.receipt_url
    assert legs(entry) == [
        ("customer", user.pk, 25_000_000, 1, 25_000_000),
        ("stripe", None, -25_000_000, None, None),
    ]


def test_the_same_payment_again_credits_nothing(user):
    topup = ask(user, 2_500)
    assert complete(topup) == complete(topup)
    assert money_of(user) == (25_000_000, 0)


def test_tax_is_paid_but_not_credited(user):
    complete(ask(user, 1_000), paid_cents=1_190)
    assert money_of(user) == (10_000_000, 0)


@pytest.mark.parametrize("status", [s for s in Topup.Status if s != Topup.Status.COMPLETED])
def test_a_payment_counts_whatever_became_of_its_attempt(user, status):
    topup = ask(user, 100)
    Topup.objects.filter(pk=topup.pk).update(status=status, error="late")
    complete(topup)
    topup.refresh_from_db()
    assert (topup.status, topup.error) == ("completed", "")
    assert money_of(user) == (1_000_000, 0)


def test_less_than_was_asked_for_is_not_credited(user):
    topup = ask(user, 1_000)
    with pytest.raises(services.PaymentConflict, match="999 cents"):
        complete(topup, paid_cents=999)
    assert money_of(user) == (0, 0)


def test_two_payments_of_one_topup_are_told_apart(user):
    topup = ask(user, 1_000)
    complete(topup, "pi_1")
    with pytest.raises(services.PaymentConflict, match="refund one"):
        complete(topup, "pi_2")
    assert money_of(user) == (10_000_000, 0)


def test_one_payment_completes_one_topup(user):
    complete(ask(user, 1_000), "pi_1")
    with pytest.raises(services.PaymentConflict, match="another top-up"):
        complete(ask(user, 1_000), "pi_1")
    assert money_of(user) == (10_000_000, 0)


def test_a_payment_of_nothing_that_we_know(user):
    with pytest.raises(Topup.DoesNotExist):
        services.complete_topup(topup_id=uuid.uuid4(), payment_intent_id="pi_1", paid_cents=100)


def test_an_unpaid_attempt_is_marked_and_a_paid_one_is_not(user):
    topup = ask(user, 1_000)
    assert services.mark_topup(topup_id=topup.pk, status=Topup.Status.PROCESSING)
    assert services.mark_topup(topup_id=topup.pk, status=Topup.Status.FAILED, error="x" * 900)
    assert not services.mark_topup(topup_id=topup.pk, status=Topup.Status.OPEN)
    complete(topup)
    assert not services.mark_topup(topup_id=topup.pk, status=Topup.Status.EXPIRED)
    topup.refresh_from_db()
    assert topup.status == "completed"
    with pytest.raises(ValueError, match="Only complete_topup"):
        services.mark_topup(topup_id=topup.pk, status=Topup.Status.COMPLETED)


def test_the_database_lets_one_auto_recharge_wait(user):
    ask(user, 100, kind="auto")
    with pytest.raises(IntegrityError), transaction.atomic():
        ask(user, 100, kind="auto")
    ask(user, 100)


@pytest.mark.parametrize("cents", [99, 1_000_001])
def test_the_database_knows_the_limits(user, cents):
    with pytest.raises(IntegrityError), transaction.atomic():
        ask(user, cents)


# --- refunds ---


def test_a_refund_takes_back_what_is_left(user):
    topup = pay(user, 1_000)
    refund(topup, 400)
    refund(topup, 600)
    topup.refresh_from_db()
    assert (money_of(user), topup.refunded_cents) == ((0, 0), 1_000)


@pytest.mark.parametrize("statuses", [["succeeded"] * 3, ["pending", "succeeded", "pending"]])
def test_a_refund_told_of_again_takes_nothing_more(user, statuses):
    topup = pay(user, 1_000)
    for status in statuses:
        refund(topup, 400, refund_id="re_1", status=status)
    assert money_of(user) == (6_000_000, 0)


@pytest.mark.parametrize("off", ["failed", "canceled"])
def test_a_refund_that_fails_gives_it_again_once(user, off):
    topup = pay(user, 1_000)
    refund(topup, 400, refund_id="re_1", status="pending")
    for status in (off, off, "succeeded"):
        refund(topup, 400, refund_id="re_1", status=status)
    topup.refresh_from_db()
    assert (money_of(user), topup.refunded_cents) == ((10_000_000, 0), 0)
    assert Refund.objects.get().status == off
    refund(topup, 1_000)
    assert money_of(user) == (0, 0)


def test_a_refund_whose_failure_is_told_first_takes_nothing(user):
    topup = pay(user, 1_000)
    for status in ("failed", "pending"):
        refund(topup, 400, refund_id="re_1", status=status)
    assert money_of(user) == (10_000_000, 0)


def test_a_refund_before_its_payment_waits(user):
    with pytest.raises(Topup.DoesNotExist):
        services.book_refund(
            refund_id="re_1", payment_intent_id="pi_9", amount_cents=1, status="succeeded"
        )
    assert not Refund.objects.exists()


def test_more_than_was_paid_is_not_refunded(user):
    topup = pay(user, 1_000)
    refund(topup, 700)
    with pytest.raises(services.PaymentConflict, match="1000 were paid"):
        refund(topup, 301)
    assert money_of(user) == (3_000_000, 0)


def test_with_tax_the_wallet_gives_its_share_to_the_last_micro(user):
    topup = pay(user, 1_000, paid_cents=1_190)
    for cents in (333, 333, 333):
        refund(topup, cents)
    assert money_of(user) == (10_000_000 - 10_000_000 * 999 // 1_190, 0)
    refund(topup, 191)
    assert money_of(user) == (0, 0)


# --- disputes ---


def disputed(topup: Topup, what: str, status: str = "needs_response", **fields: int) -> Dispute:
    return getattr(services, f"{what}_dispute")(
        dispute_id="dp_1",
        payment_intent_id=topup.payment_intent_id,
        amount_cents=topup.paid_cents,
        status=status,
        **fields,
    )


def is_frozen(user) -> bool:
    return Wallet.objects.get(pk=user.pk).is_frozen


def test_a_dispute_freezes_takes_and_lets_go(user):
    topup = pay(user, 1_000)
    disputed(topup, "note")
    assert is_frozen(user)
    with pytest.raises(services.SpendingFrozen):
        take_hold(user, 1)
    with pytest.raises(services.SpendingFrozen):
        services.require_funds(user, None)

    disputed(topup, "withdraw", fee_cents=1_500)
    assert money_of(user) == (0, 0)
    disputed(topup, "reinstate", "won")
    disputed(topup, "note", "won")
    assert (money_of(user), is_frozen(user)) == ((10_000_000, 0), False)
    take_hold(user, 1)


def test_the_fee_of_a_dispute_is_ours(user):
    topup = pay(user, 1_000)
    disputed(topup, "withdraw", fee_cents=1_500)
    assert legs(JournalEntry.objects.get(kind="dispute")) == [
        ("customer", user.pk, -10_000_000, 2, 0),
        ("stripe", None, 25_000_000, None, None),
        ("fees", None, -15_000_000, None, None),
    ]


def test_a_lost_dispute_of_spent_money_is_a_debt(user):
    topup = pay(user, 1_000)
    services.settle(job_id=take_hold(user, 9_000_000).job_id, amount_micros=9_000_000)
    disputed(topup, "note")
    disputed(topup, "withdraw")
    disputed(topup, "note", "lost")
    assert (services.balance(user).debt_micros, is_frozen(user)) == (9_000_000, False)
    with pytest.raises(services.InsufficientBalance):
        take_hold(user, 1)
    pay(user, 1_000)
    take_hold(user, 1_000_000)


def test_a_dispute_lost_before_its_money_went_stays_frozen(user):
    topup = pay(user, 1_000)
    disputed(topup, "note", "lost")
    assert is_frozen(user)
    disputed(topup, "withdraw", "lost")
    assert (money_of(user), is_frozen(user)) == ((0, 0), False)


@pytest.mark.parametrize("status", ["warning_needs_response", "warning_under_review"])
def test_an_inquiry_freezes_nothing(user, status):
    topup = pay(user, 1_000)
    disputed(topup, "note", status)
    assert not is_frozen(user)
    disputed(topup, "note", "needs_response")
    assert is_frozen(user)
    disputed(topup, "note", "warning_closed")
    assert not is_frozen(user)


def test_every_order_of_a_dispute_that_is_won_ends_the_same(user):
    steps = [("note", "needs_response"), ("withdraw", "under_review"), ("note", "won")]
    for order in itertools.permutations(steps):
        with transaction.atomic():
            topup = pay(user, 1_000)
            for what, status in order:
                disputed(topup, what, status)
                disputed(topup, what, status)
            disputed(topup, "reinstate", "won")
            disputed(topup, "reinstate", "won")
            disputed(topup, "withdraw", "needs_response")
            assert (money_of(user), is_frozen(user)) == ((10_000_000, 0), False)
            transaction.set_rollback(True)


def test_money_that_was_never_taken_is_not_given_back(user):
    topup = pay(user, 1_000)
    with pytest.raises(services.PaymentConflict, match="never withdrawn"):
        disputed(topup, "reinstate", "won")
    assert money_of(user) == (10_000_000, 0)


def test_a_refund_and_a_dispute_together_take_no_more_than_was_credited(user):
    topup = pay(user, 1_000)
    refund(topup, 400)
    disputed(topup, "withdraw")
    assert (money_of(user), services.balance(user).debt_micros) == ((0, 0), 0)


def every_order_of(*names: str):
    """Orders in which news can come; what undoes something comes after it."""
    for order in itertools.permutations(names):
        if all(
            first not in order or then not in order or order.index(first) < order.index(then)
            for first, then in [("refund", "refund fails"), ("withdraw", "reinstate")]
        ):
            yield order


@pytest.mark.parametrize(
    ("names", "left_micros"),
    [
        (("refund", "withdraw"), 0),
        (("refund", "refund fails", "withdraw"), 0),
        (("refund", "withdraw", "reinstate"), 6_000_000),
        (("refund", "refund fails", "withdraw", "reinstate"), 10_000_000),
        (("refund", "other refund", "withdraw", "refund fails"), 0),
    ],
)
def test_refunds_and_disputes_of_one_payment_come_to_the_same_in_any_order(
    user, names, left_micros
):
    for order in every_order_of(*names):
        with transaction.atomic():
            topup = pay(user, 1_000)
            news = {
                "refund": partial(refund, topup, 400, refund_id="re_1"),
                "refund fails": partial(refund, topup, 400, refund_id="re_1", status="failed"),
                "other refund": partial(refund, topup, 600, refund_id="re_2"),
                "withdraw": partial(disputed, topup, "withdraw"),
                "reinstate": partial(disputed, topup, "reinstate", "under_review"),
            }
            for name in order:
                news[name]()
                news[name]()
            left = (money_of(user)[0], services.balance(user).debt_micros)
            assert left == (left_micros, 0), order
            assert audit(user).breaches == []
            transaction.set_rollback(True)


def test_a_refund_that_fails_when_the_bank_has_taken_all_gives_nothing_back(user):
    topup = pay(user, 1_000)
    refund(topup, 1_000, refund_id="re_1")
    disputed(topup, "withdraw")
    refund(topup, 1_000, refund_id="re_1", status="failed")
    disputed(topup, "note", "lost")
    assert (money_of(user), services.balance(user).debt_micros) == ((0, 0), 0)


def test_a_dispute_of_what_was_refunded_takes_nothing_and_comes_to_an_end(user):
    topup = pay(user, 1_000)
    refund(topup, 1_000)
    disputed(topup, "withdraw")
    assert is_frozen(user)
    disputed(topup, "reinstate", "won")
    disputed(topup, "note", "won")
    assert (money_of(user), is_frozen(user)) == ((0, 0), False)
    assert not JournalEntry.objects.filter(kind__startswith="dispute").exists()


def test_a_dispute_before_its_payment_waits(user):
    topup = ask(user, 1_000)
    topup.payment_intent_id, topup.paid_cents = "pi_none", 1_000
    for what in ("note", "withdraw", "reinstate"):
        with pytest.raises(Topup.DoesNotExist):
            disputed(topup, what)


def test_one_of_two_disputes_keeps_the_wallet_frozen(user):
    first, second = pay(user, 1_000), pay(user, 1_000)
    disputed(first, "note")
    services.note_dispute(
        dispute_id="dp_2",
        payment_intent_id=second.payment_intent_id or "",
        amount_cents=1_000,
        status="needs_response",
    )
    disputed(first, "note", "won")
    assert is_frozen(user)
