"""What the audit asks of budgets, debts and payments: each rule broken by hand, and seen."""

from __future__ import annotations

import pytest

from tests.wallet.cast import pay, refund, take_hold
from tests.wallet.test_audit import Sql, sql  # noqa: F401 - a fixture
from wallet import services
from wallet.audit import audit
from wallet.models import PromoCode

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def history(user, sql):  # noqa: F811
    """A top-up, partly refunded, partly spent; a dispute won and one lost; a promo code."""
    topup = pay(user, 2_000, paid_cents=2_380)
    refund(topup, 119, refund_id="re_1")
    refund(topup, 119, refund_id="re_2")
    refund(topup, 119, refund_id="re_2", status="failed")
    services.settle(job_id=take_hold(user, 900).job_id, amount_micros=500)
    for number, status in [(1, "won"), (2, "lost")]:
        disputed = pay(user, 500)
        fields = {
            "dispute_id": f"dp_{number}",
            "payment_intent_id": disputed.payment_intent_id or "",
            "amount_cents": 500,
        }
        services.withdraw_dispute(**fields, status="needs_response", fee_cents=1_500)
        if status == "won":
            services.reinstate_dispute(**fields, status=status)
        services.note_dispute(**fields, status=status)
    PromoCode.objects.create(code="HELLO", amount_micros=10, reason="r")
    services.redeem(user=user, code="hello")
    return user


def rules(user=None) -> set[str]:
    return {breach.rule for breach in audit(user).breaches} - {"ledger-guard"}


def test_such_a_history_is_whole(history, stranger):
    assert rules() == rules(history) == rules(stranger) == set()


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE wallet_spending SET spent_micros = spent_micros + 1", "spending"),
        ("UPDATE wallet_spending SET held_micros = 1", "spending"),
        ("DELETE FROM wallet_spending", "spending"),
        ("UPDATE wallet_wallet SET debt_micros = 1", "wallet-debt"),
        ("UPDATE wallet_wallet SET is_frozen = NOT is_frozen", "wallet-frozen"),
        ("UPDATE wallet_topup SET amount_cents = amount_cents + 1", "topup"),
        ("UPDATE wallet_topup SET payment_intent_id = 'pi_x' WHERE paid_cents = 2380", "topup"),
        ("UPDATE wallet_topup SET refunded_cents = 1 WHERE paid_cents = 2380", "topup-refunded"),
        ("UPDATE wallet_refund SET clawed_back_micros = 1", "refund"),
        ("UPDATE wallet_refund SET id = 're_x' WHERE id = 're_1'", "refund"),
        ("UPDATE wallet_dispute SET withdrawn_micros = 1", "dispute"),
        ("UPDATE wallet_dispute SET id = 'dp_x' WHERE id = 'dp_2'", "dispute"),
        ("UPDATE wallet_dispute SET amount_cents = 1", "topup-gone"),
        ("DELETE FROM wallet_promoredemption", "promo"),
        (
            "UPDATE wallet_journalentry SET idempotency_key = 'promo:0:0' WHERE kind = 'promo'",
            "promo",
        ),
    ],
)
def test_each_rule_is_seen_when_it_is_broken(history, sql, statement, rule):  # noqa: F811
    sql(statement)
    assert rule in rules()
    assert rule in rules(history)


def test_the_day_of_a_budget_is_named(history, sql):  # noqa: F811
    sql("UPDATE wallet_spending SET spent_micros = 7")
    (breach,) = (b for b in audit().breaches if b.rule == "spending")
    assert breach.detail == "counted 0 held and 7 spent, its holds sum to 0 and 500"
