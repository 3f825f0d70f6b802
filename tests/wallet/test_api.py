"""What an account has, and whether it is enough, as its clients see it."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.services import KeyLimits
from tests.calling import bare_error_of, calling_as, error_of
from tests.wallet.cast import adjust, fund, take_hold
from wallet import services
from wallet.models import Rate, Wallet

pytestmark = [pytest.mark.database, pytest.mark.django_db]

BALANCE = "/api-wallet/balance"
CHECK = "/api-wallet/check-balance"


def balance_of(user):
    answer = calling_as(user).get(BALANCE)
    assert answer.status_code == 200
    return answer.json()


def check(caller, seconds=300, service="transcription"):
    return caller.post(CHECK, {"service_type": service, "duration_seconds": seconds})


# --- the balance ----------------------------------------------------------------------------
def test_the_shape_of_a_balance(user):
    fund(user, 50_000_000)
    services.settle(job_id=take_hold(user, 26_000_000).job_id, amount_micros=25_000_000)

    assert balance_of(user) == {
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
        "debt_micros": 0,
        "debt_cents": 0,
        "debt_usd": "$0.00",
        "is_frozen": False,
    }


def test_held_money_is_still_the_customers_but_not_available(user):
    fund(user, 10_000_000)
    take_hold(user, 6_000_001)
    body = balance_of(user)
    assert (body["balance_cents"], body["available_cents"]) == (1000, 399)
    assert (body["held_micros"], body["available_micros"]) == (6_000_001, 3_999_999)
    assert body["low_balance_warning"] is True


def test_cents_add_up_when_micro_dollars_were_spent(user):
    fund(user, 5_000_000)
    adjust(user, 9_999)
    services.settle(job_id=take_hold(user, 10_000).job_id, amount_micros=1_234)
    body = balance_of(user)
    assert body["balance_micros"] == 5_008_765
    assert (body["balance_usd"], body["total_topup_usd"]) == ("$5.00", "$5.00")
    assert body["total_topup_cents"] == body["balance_cents"] + body["total_spent_cents"]


@pytest.mark.parametrize(
    ("own", "micros", "warned"),
    [
        *((None, 4_999_999, True), (None, 5_000_000, False)),
        *((100, 99, True), (100, 100, False), (0, 1, False)),
    ],
)
def test_the_warning_begins_below_the_accounts_own_threshold(user, own, micros, warned):
    user.warn_below_micros = own
    user.save()
    fund(user, micros)
    assert balance_of(user)["low_balance_warning"] is warned


def test_an_account_without_credit_has_zeros(user):
    body = balance_of(user)
    assert (body["balance_usd"], body["total_topup_usd"]) == ("$0.00", "$0.00")
    assert body["low_balance_warning"] is True


def test_a_debt_is_never_shown_smaller_than_it_is(user):
    Wallet.objects.create(user=user, debt_micros=10_001, is_frozen=True)
    body = balance_of(user)
    assert (body["debt_cents"], body["debt_usd"], body["debt_micros"]) == (2, "$0.02", 10_001)
    assert body["is_frozen"] is True


def test_each_sees_their_own(user, stranger):
    fund(stranger, 7_000_000)
    assert balance_of(user)["balance_micros"] == 0
    assert balance_of(stranger)["balance_micros"] == 7_000_000


def test_nobody_sees_a_balance_without_a_key(db):
    assert Client().get(f"/api/v1{BALANCE}").status_code == 401


# --- whether it is enough -------------------------------------------------------------------
def test_enough(user):
    fund(user, 50_000)
    body = check(calling_as(user)).json()
    assert (body["can_proceed"], body["sufficient"]) == (True, True)
    assert (body["cost_cents"], body["cost_usd"], body["cost_micros"]) == (5, "$0.05", 50_000)
    assert (body["current_balance_cents"], body["current_balance_usd"]) == (5, "$0.05")
    assert (body["required_cents"], body["available_cents"]) == (5, 5)
    assert (body["service_type"], body["duration_seconds"]) == ("transcription", 300)


def test_a_micro_dollar_too_little_is_told_as_audiopod_tells_it(user):
    fund(user, 549_999)
    Rate.objects.filter(service_type="transcription").update(price_micros_per_minute=110_000)

    body = bare_error_of(check(calling_as(user)), 402, "insufficient_api_balance")

    message = (
        "Insufficient API wallet balance. Required: $0.55, Available: $0.54."
        " Ask the operator of this server for credit."
    )
    assert body == {
        "error": "insufficient_api_balance",
        "error_code": "INSUFFICIENT_API_BALANCE",
        "message": message,
        "detail": message,
        "required_cents": 55,
        "available_cents": 54,
    }


def test_held_money_does_not_count(user):
    fund(user, 100_000)
    take_hold(user, 60_000)
    assert (
        bare_error_of(check(calling_as(user)), 402, "insufficient_api_balance")["available_cents"]
        == 4
    )


def test_where_customers_can_pay_they_are_told_where(user, settings):
    settings.STRIPE_SECRET_KEY, settings.PUBLIC_URL = "sk_test_x", "https://audio.example"
    message = check(calling_as(user)).json()["message"]
    assert message.endswith("Top up at https://audio.example/dashboard/wallet/.")


def test_what_is_owed_is_said(user):
    Wallet.objects.create(user=user, debt_micros=2_500_000)
    message = check(calling_as(user)).json()["message"]
    assert "owes $2.50" in message
    assert "next top-up pays that first" in message


def test_an_account_that_is_frozen_cannot_proceed(user):
    fund(user, 1_000_000)
    Wallet.objects.update(is_frozen=True)
    body = bare_error_of(check(calling_as(user)), 402, "insufficient_api_balance")
    assert "disputed" in body["message"]


def test_a_budget_that_is_used_up_says_which_and_when_it_resets(user):
    fund(user, 1_000_000)
    caller = calling_as(user, limits=KeyLimits(monthly_limit_micros=0))
    body = bare_error_of(check(caller), 402, "budget_exceeded")
    assert body["message"].startswith("The monthly budget of this API key does not cover")
    assert "It resets at 20" in body["message"]
    assert body["available_cents"] == 0
    assert check(calling_as(user)).status_code == 200, "another key may still spend"


def test_a_budget_that_does_not_cover_it_is_asked_for_the_whole_price(user):
    fund(user, 1_000_000)
    short = calling_as(user, limits=KeyLimits(total_limit_micros=40_000))
    body = bare_error_of(check(short), 402, "budget_exceeded")
    assert (body["required_cents"], body["available_cents"]) == (5, 4)
    assert check(calling_as(user, limits=KeyLimits(total_limit_micros=50_000))).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        *(({"service_type": value}, "service_type") for value in ("stems", "", None, 5)),
        *(
            ({"duration_seconds": value}, "duration_seconds")
            for value in (-1, "300", True, None, 1e9, [])
        ),
    ],
)
def test_a_question_without_sense_is_refused(rich, wrong, param):
    body = {"service_type": "transcription", "duration_seconds": 1} | wrong
    assert error_of(calling_as(rich).post(CHECK, body), 400)["param"] == param
