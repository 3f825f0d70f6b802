"""The news of a payment in any order, each any number of times: the wallet ends up the same."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable
from functools import partial

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from tests.wallet.machine.crash import rows
from tests.wallet.machine.invariants import broken
from wallet import services
from wallet.models import Dispute, Topup

pytestmark = [pytest.mark.database, pytest.mark.django_db]

News = Callable[[], object]
TAX_CENTS, FEE_CENTS = 8, 1500
UNFIT = (ObjectDoesNotExist, services.PaymentConflict)
"""What Stripe is told by a 409: send it again."""


def news_of(topup: Topup, *, won: bool) -> list[News]:
    """Paid with tax, refunded in two parts of which one fails, the rest disputed, and decided."""
    intent = f"pi_{topup.pk}"
    refund = partial(services.book_refund, payment_intent_id=intent)
    dispute = {"dispute_id": f"dp_{topup.pk}", "payment_intent_id": intent, "amount_cents": 75}
    opened, decided = {"status": "needs_response"}, {"status": "won" if won else "lost"}
    news: list[News] = [
        lambda: services.complete_topup(
            topup_id=topup.pk, payment_intent_id=intent, paid_cents=100 + TAX_CENTS
        ),
        lambda: services.mark_topup(topup_id=topup.pk, status=Topup.Status.PROCESSING),
        lambda: refund(refund_id="re_1", amount_cents=33, status="succeeded"),
        lambda: refund(refund_id="re_2", amount_cents=33, status="pending"),
        lambda: refund(refund_id="re_2", amount_cents=33, status="failed"),
        lambda: services.note_dispute(**dispute, **opened),
        lambda: services.withdraw_dispute(**dispute, **opened, fee_cents=FEE_CENTS),
        lambda: services.note_dispute(**dispute, **decided),
    ]
    if won:
        news.append(lambda: services.reinstate_dispute(**dispute, **decided))
    return news


def deliver(news: list[News]) -> None:
    """Each until it is taken, as Stripe does."""
    waiting, refused = deque(news), 0
    while waiting:
        told = waiting.popleft()
        try:
            told()
            refused = 0
        except UNFIT:
            refused += 1
            assert refused <= len(waiting) + 1, "nothing that is left is ever taken"
            waiting.append(told)


@given(data=st.data(), won=st.booleans(), has_spent=st.booleans())
@settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_the_news_of_a_payment_in_any_order(data, won, has_spent):
    with transaction.atomic():
        user = User.objects.create_user("customer@example.org")
        topup = Topup.objects.create(user=user, kind="checkout", amount_cents=100, livemode=False)
        news = news_of(topup, won=won)
        if has_spent:
            news.remove(paid := news[0])
            paid()
            _spend(user, topup.amount_micros)
        twice = data.draw(st.lists(st.sampled_from(news), max_size=4))
        deliver(data.draw(st.permutations([*news, *twice])))

        gone_cents = 33 if won else 33 + 75
        left = 1_000_000 - 1_000_000 * gone_cents // 108 - (1_000_000 if has_spent else 0)
        now = services.balance(user)
        assert (now.posted_micros - now.debt_micros, now.is_frozen) == (left, False)
        assert min(now.posted_micros, now.debt_micros) == 0
        assert broken(rows()) == []
        transaction.set_rollback(True)


def _spend(user: User, micros: int) -> None:
    job_id = uuid.uuid4()
    services.hold(user=user, job_id=job_id, amount_micros=micros, seconds=60)
    services.settle(job_id=job_id, amount_micros=micros)


def test_a_dispute_lost_when_all_was_refunded_freezes_nothing(user):
    topup = Topup.objects.create(user=user, kind="checkout", amount_cents=100, livemode=False)
    services.complete_topup(topup_id=topup.pk, payment_intent_id="pi_1", paid_cents=100)
    services.book_refund(
        refund_id="re_1", payment_intent_id="pi_1", amount_cents=100, status="succeeded"
    )
    lost = {"dispute_id": "dp_1", "payment_intent_id": "pi_1", "amount_cents": 100}

    services.withdraw_dispute(**lost, status="lost", fee_cents=0)

    assert not Dispute.objects.get().is_freezing
    assert not services.balance(user).is_frozen


def test_the_first_of_two_refunds_fails_and_takes_the_odd_micro_dollar_along(user):
    """Of 108 cents a third is 305,555 micro-dollars and a half; two of them are 611,111."""
    topup = Topup.objects.create(user=user, kind="checkout", amount_cents=100, livemode=False)
    services.complete_topup(topup_id=topup.pk, payment_intent_id="pi_1", paid_cents=108)
    refund = partial(services.book_refund, payment_intent_id="pi_1", amount_cents=33)
    refund(refund_id="re_1", status="pending")
    refund(refund_id="re_2", status="pending")

    refund(refund_id="re_1", status="failed")

    assert services.balance(user).posted_micros == 1_000_000 - 305_555
    assert broken(rows()) == []
