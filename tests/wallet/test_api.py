from __future__ import annotations

import pytest
from rest_framework.test import APIRequestFactory, force_authenticate

from tests.wallet.cast import adjust, fund, take_hold
from wallet import services
from wallet.api import BalanceView

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def answer(user):
    request = APIRequestFactory().get("/api/v1/api-wallet/balance")
    force_authenticate(request, user=user)
    return BalanceView.as_view()(request)


def test_the_shape_of_a_balance(user):
    fund(user, 50_000_000)
    services.settle(job_id=take_hold(user, 26_000_000).job_id, amount_micros=25_000_000)

    response = answer(user)

    assert response.status_code == 200
    assert response.data == {
        "balance_cents": 2500,
        "balance_usd": "$25.00",
        "total_topup_cents": 5000,
        "total_topup_usd": "$50.00",
        "total_spent_cents": 2500,
        "total_spent_usd": "$25.00",
        "low_balance_warning": False,
        "warning_threshold_cents": 500,
        "balance_micros": 25_000_000,
        "held_micros": 0,
        "available_micros": 25_000_000,
        "available_cents": 2500,
        "available_usd": "$25.00",
    }


def test_held_money_is_still_the_customers_but_not_available(user):
    fund(user, 10_000_000)
    take_hold(user, 6_000_001)
    body = answer(user).data
    assert (body["balance_cents"], body["available_cents"]) == (1000, 399)
    assert (body["held_micros"], body["available_micros"]) == (6_000_001, 3_999_999)
    assert body["low_balance_warning"] is True


def test_cents_add_up_when_micro_dollars_were_spent(user):
    fund(user, 5_000_000)
    adjust(user, 9_999)
    services.settle(job_id=take_hold(user, 10_000).job_id, amount_micros=1_234)
    body = answer(user).data
    assert body["balance_micros"] == 5_008_765
    assert (body["balance_usd"], body["total_topup_usd"]) == ("$5.00", "$5.00")
    assert body["total_topup_cents"] == body["balance_cents"] + body["total_spent_cents"]


@pytest.mark.parametrize(("micros", "warned"), [(4_999_999, True), (5_000_000, False)])
def test_the_warning_begins_below_the_threshold(user, micros, warned):
    fund(user, micros)
    assert answer(user).data["low_balance_warning"] is warned


def test_an_account_without_credit_has_zeros(user):
    body = answer(user).data
    assert (body["balance_usd"], body["total_topup_usd"]) == ("$0.00", "$0.00")
    assert body["low_balance_warning"] is True


def test_each_sees_their_own(user, stranger):
    fund(stranger, 7_000_000)
    assert answer(user).data["balance_micros"] == 0
    assert answer(stranger).data["balance_micros"] == 7_000_000


def test_nobody_sees_a_balance_without_a_key(db):
    response = BalanceView.as_view()(APIRequestFactory().get("/api/v1/api-wallet/balance"))
    assert response.status_code == 401
