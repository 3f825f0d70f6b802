"""Every constraint of the wallet's tables refuses what it is there for, whatever the code does."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from accounts.models import ApiKey, User
from tests.wallet.cast import fund
from wallet import services
from wallet.models import (
    AutoRecharge,
    Dispute,
    Hold,
    JournalEntry,
    Posting,
    PromoCode,
    PromoRedemption,
    Rate,
    Refund,
    Spending,
    StripeCustomer,
    Topup,
    Wallet,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.race]

Breaking = Callable[[], object]
NOW = timezone.now()


def change(model: type[models.Model], **columns: Any) -> Breaking:
    """Of every row there is."""
    return lambda: model._default_manager.update(**columns)


def twin(model: type[models.Model], **columns: Any) -> Breaking:
    """A second row like the first one, but for these columns and its own number."""

    def make() -> None:
        row = model._default_manager.order_by("pk")[0]
        row.pk = None
        if isinstance(model._meta.pk, models.UUIDField):
            row.pk = uuid.uuid4()
        for name, value in columns.items():
            setattr(row, name, value)
        row.save(force_insert=True)

    return make


def posting(**columns: Any) -> Breaking:
    """One more leg of the first entry."""
    return lambda: Posting.objects.create(
        **{"entry": JournalEntry.objects.earliest("pk"), "number": 3, "amount_micros": 1} | columns
    )


def entry(**columns: Any) -> Breaking:
    return lambda: JournalEntry.objects.create(**{"idempotency_key": "x", "actor": "a"} | columns)


def of_customer(**columns: Any) -> Breaking:
    def make() -> None:
        numbered = {"user": User.objects.get(), "wallet_seq": 9, "posted_after": 1}
        posting(**{"account": "customer"} | numbered | columns)()

    return make


CASES: dict[str, Breaking] = {
    "wallet_held_not_negative": change(Wallet, held_micros=-1),
    "wallet_posted_covers_held": change(Wallet, posted_micros=5),
    "wallet_seq_not_negative": change(Wallet, seq=-1),
    "wallet_debt_not_negative": change(Wallet, posted_micros=10, debt_micros=-1),
    "wallet_in_debt_has_nothing_left": change(Wallet, debt_micros=1),
    "hold_amount_positive": change(Hold, amount_micros=0),
    "hold_settles_at_most_itself": change(Hold, settled_micros=11, state="settled", closed_at=NOW),
    "hold_costs_only_when_settled": change(Hold, settled_micros=5),
    "hold_is_open_until_closed": change(Hold, closed_at=NOW),
    "hold_price_not_negative": change(Hold, price_micros_per_minute=-1),
    "hold_bills_when_settled": change(Hold, billed_ms=1),
    "entry_settles_a_hold": entry(kind="settlement"),
    "entry_by_hand_has_a_reason": entry(kind="promo"),
    "posting_number_in_entry": posting(account="promo", number=1),
    "posting_seq_in_wallet": of_customer(wallet_seq=1),
    "posting_moves_money": posting(account="promo", amount_micros=0),
    "posting_of_customer_names_user": posting(account="receivable"),
    "posting_in_wallet_is_numbered": of_customer(wallet_seq=0),
    "spending_once_for_an_account": lambda: twin_of(Spending.objects.filter(api_key=None)),
    "spending_once_for_a_key": lambda: twin_of(Spending.objects.exclude(api_key=None)),
    "spending_not_negative": change(Spending, held_micros=-1),
    "spending_within_its_limit": change(Spending, limit_micros=9),
    "stripe_customer_one_a_mode": twin(StripeCustomer, customer_id="cus_2"),
    "topup_one_auto_at_a_time": lambda: [topup(kind="auto") for _ in range(2)],
    "topup_once_for_an_idempotency_key": lambda: [topup(idempotency_key="k") for _ in range(2)],
    "topup_amount_in_range": lambda: topup(amount_cents=99),
    "topup_refunds_at_most_what_was_paid": change(Topup, refunded_cents=109),
    "topup_completed_is_paid": change(Topup, paid_cents=99),
    "refund_of_something": change(Refund, amount_cents=0),
    "dispute_gives_what_it_took": change(Dispute, reinstated_at=NOW),
    "auto_recharge_has_consent_and_card": change(AutoRecharge, is_enabled=True),
    "auto_recharge_amounts_in_range": change(AutoRecharge, monthly_cap_cents=1),
    "promo_gives_money": change(PromoCode, amount_micros=0),
    "promo_has_a_reason": change(PromoCode, reason=""),
    "promo_redeemed_within_its_limit": change(PromoCode, redeemed=2),
    "promo_once_for_an_account": lambda: twin_of(
        PromoRedemption.objects.all(), entry=JournalEntry.objects.earliest("pk")
    ),
    "rate_one_at_a_time": twin(Rate),
    "rate_not_negative": change(Rate, price_micros_per_minute=-1),
    "rate_has_a_basis": change(Rate, basis="both"),
    # what a column by itself has to be alone with
    "hold.job_id": twin(Hold),
    "journalentry.idempotency_key": lambda: [entry(kind="topup")() for _ in range(2)],
    "journalentry.hold_id": lambda: [
        entry(kind="settlement", idempotency_key=key, hold=Hold.objects.get())() for key in "ab"
    ],
    "topup.session_id": lambda: [topup(session_id="cs_1") for _ in range(2)],
    "topup.payment_intent_id": lambda: topup(payment_intent_id="pi_1"),
    "stripecustomer.customer_id": twin(StripeCustomer, livemode=True),
    "promocode.code": twin(PromoCode),
    "promoredemption.entry_id": lambda: twin_of(PromoRedemption.objects.all(), code=code()),
}


def twin_of(rows: models.QuerySet[Any], **columns: Any) -> None:
    row = rows.get() if rows.count() == 1 else rows[0]
    row.pk = None
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(force_insert=True)


def code() -> PromoCode:
    return PromoCode.objects.create(code="OTHER", amount_micros=1, reason="r")


def topup(**columns: Any) -> Topup:
    wanted = {"kind": "checkout", "amount_cents": 100, "livemode": False} | columns
    return Topup.objects.create(user=User.objects.get(), **wanted)


@pytest.fixture
def one_of_each(user):
    """An account that has a row in every table, each of which could be worse."""
    fund(user, 1_000)
    key = ApiKey.objects.create(user=user, name="k", digest=b"d", pepper_id="p")
    services.hold(user=user, job_id=uuid.uuid4(), amount_micros=10, seconds=60, api_key=key)
    PromoCode.objects.create(code="CODE", amount_micros=1, reason="r", max_redemptions=1)
    services.redeem(user=user, code="CODE")
    paid = topup()
    services.complete_topup(topup_id=paid.pk, payment_intent_id="pi_1", paid_cents=108)
    services.book_refund(
        refund_id="re_1", payment_intent_id="pi_1", amount_cents=1, status="failed"
    )
    services.note_dispute(
        dispute_id="dp_1", payment_intent_id="pi_1", amount_cents=1, status="warning_closed"
    )
    StripeCustomer.objects.create(user=user, livemode=False, customer_id="cus_1")
    AutoRecharge.objects.create(user=user)


@pytest.mark.parametrize("name", CASES)
def test_the_database_refuses(one_of_each, name):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        CASES[name]()
    assert _means(name, str(refused.value)), refused.value


@pytest.mark.parametrize("column", ["wallet_seq", "posted_after"])
def test_a_posting_in_a_wallet_has_its_numbers(one_of_each, column):
    with pytest.raises(IntegrityError, match="posting_in_wallet"), transaction.atomic():
        of_customer(**{column: None})()


def _means(name: str, message: str) -> bool:
    """SQLite names the columns of a UNIQUE, and PostgreSQL says what it calls it."""
    if name in message:
        return True
    for model in apps.get_app_config("wallet").get_models():
        for constraint in model._meta.constraints:
            if constraint.name == name and isinstance(constraint, models.UniqueConstraint):
                table = model._meta.db_table
                columns = [model._meta.get_field(f).column for f in constraint.fields]
                return ", ".join(f"{table}.{column}" for column in columns) in message
    if connection.vendor == "postgresql":
        return f"wallet_{name.replace('.', '_')}" in message
    return f"UNIQUE constraint failed: wallet_{name}" in message


def test_every_constraint_has_its_case():
    names = set()
    for model in apps.get_app_config("wallet").get_models():
        names |= {constraint.name for constraint in model._meta.constraints}
        names |= {
            f"{model._meta.model_name}.{field.column}"
            for field in model._meta.local_fields
            if field.unique and not field.primary_key
        }
    assert names == set(CASES)
