"""Topping up and redeeming by the API."""

from __future__ import annotations

import uuid

import pytest

from accounts import limits
from tests.calling import bare_error_of, calling_as, error_of
from tests.minutes import begin_well_before_the_next
from tests.wallet.cast import money_of
from wallet import services
from wallet.gateway import GatewayRefused, GatewayUnavailable
from wallet.models import PromoCode, Topup

pytestmark = [pytest.mark.database, pytest.mark.django_db]

CHECKOUT = "/api-wallet/topup/checkout"
PAYMENT = "/api-wallet/topup/payment-intent"
TOPUPS = "/api-wallet/topups"
REDEEM = "/api-wallet/redeem"


@pytest.fixture(autouse=True)
def nothing_counted():
    limits._limiter.cache_clear()
    yield
    limits._limiter.cache_clear()


@pytest.fixture
def caller(user):
    return calling_as(user)


# --- paying ---------------------------------------------------------------------------------
def test_a_payment_page(recording, caller, user):
    body = caller.post(CHECKOUT, {"amount_cents": 2500}).json()

    topup = Topup.objects.get()
    assert (topup.user, topup.amount_cents, topup.status) == (user, 2500, "open")
    assert body == {
        "session_id": topup.session_id,
        "url": recording.sessions[topup.session_id].url,
        "topup_id": str(topup.pk),
        "amount_cents": 2500,
        "amount_usd": "$25.00",
    }
    assert money_of(user) == (0, 0), "nothing is credited before it is paid"


def test_a_payment_in_a_page_of_the_clients_own(recording, caller):
    answer = caller.post(PAYMENT, {"amount_cents": 100})

    topup = Topup.objects.get()
    body = answer.json()
    assert body["payment_intent_id"] == topup.payment_intent_id
    assert body["client_secret"] == recording.payment(topup.payment_intent_id).client_secret
    assert (body["amount_cents"], body["amount_usd"]) == (100, "$1.00")
    assert body["publishable_key"] is None
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_tells_what_the_page_is_to_be_made_with(recording, caller, settings):
    settings.STRIPE_PUBLISHABLE_KEY = "pk_test_1"
    body = caller.post(PAYMENT, {"amount_cents": 100}).json()
    assert body["publishable_key"] == "pk_test_1"


@pytest.mark.parametrize("path", [CHECKOUT, PAYMENT])
@pytest.mark.parametrize(
    "body",
    [
        *({"amount_cents": value} for value in (99, 1_000_001, -1, 0)),
    ],
)
def test_an_amount_out_of_range_is_told_as_audiopod_tells_it(recording, caller, path, body):
    assert bare_error_of(caller.post(path, body), 400, "invalid_amount") == {
        "error": "invalid_amount",
        "error_code": "INVALID_AMOUNT",
        "message": "Amount must be between $1.00 and $10,000.00",
        "detail": "Amount must be between $1.00 and $10,000.00",
    }
    assert not Topup.objects.exists()


@pytest.mark.parametrize("path", [CHECKOUT, PAYMENT])
@pytest.mark.parametrize(
    "body",
    [
        *({"amount_cents": value} for value in (25.5, "2500", "abc", True, None, [2500])),
        *({}, {"amount": 2500}, [], 2500),
    ],
)
def test_what_is_no_amount_is_told_how_to_write_one(recording, caller, path, body):
    error = error_of(caller.post(path, body), 400)
    assert error["message"] == "amount_cents must be a whole number of cents, such as 2500."
    assert (error["param"], error["code"]) == ("amount_cents", "invalid")
    assert not Topup.objects.exists()


def test_a_body_that_is_no_json_is_another_mistake(recording, caller):
    assert "parse" in error_of(caller.post(CHECKOUT, "{"), 400)["message"]


@pytest.mark.parametrize("path", [CHECKOUT, PAYMENT])
def test_the_same_idempotency_key_begins_one_top_up(recording, caller, path):
    once = str(uuid.uuid4())
    first, again = (caller.post(path, {"amount_cents": 2500}, once=once) for _ in range(2))
    assert first.status_code == 200
    assert first.json() == again.json()
    assert Topup.objects.count() == 1


def test_an_idempotency_key_is_for_one_amount_and_one_way(recording, caller, stranger):
    caller.post(CHECKOUT, {"amount_cents": 2500}, once="one")
    for path, cents in ((CHECKOUT, 2600), (PAYMENT, 2500)):
        error = error_of(caller.post(path, {"amount_cents": cents}, once="one"), 422)
        assert (error["param"], error["code"]) == ("Idempotency-Key", "idempotency_key_reused")
    theirs = calling_as(stranger).post(CHECKOUT, {"amount_cents": 2600}, once="one")
    assert theirs.status_code == 200, "each account has its own"


@pytest.mark.parametrize("path", [CHECKOUT, PAYMENT])
def test_without_a_provider_it_is_said_plainly(caller, path):
    error = error_of(caller.post(path, {"amount_cents": 2500}), 503)
    assert error["code"] == "payments_not_configured"
    assert "not configured" in error["message"]
    assert not Topup.objects.exists()


@pytest.mark.parametrize(
    ("failure", "status"), [(GatewayUnavailable(), 503), (GatewayRefused("No.", "x"), 502)]
)
def test_a_provider_that_fails_is_no_fault_of_the_clients(recording, caller, failure, status):
    recording.fail_next(failure)
    error_of(caller.post(CHECKOUT, {"amount_cents": 2500}), status)


def test_cards_are_not_tried_one_after_the_other(recording, caller, user, stranger, settings):
    """The count is the account's, whatever its keys, and refusals count as well."""
    begin_well_before_the_next()
    settings.ACCOUNT_CHANGES_PER_MINUTE = 3
    asked = [(CHECKOUT, {"amount_cents": 1}), (PAYMENT, {"amount_cents": 500}), (REDEEM, {})]
    assert [caller.post(*each).status_code for each in asked] == [400, 200, 400]

    refused = calling_as(user).post(CHECKOUT, {"amount_cents": 500})

    assert error_of(refused, 429)["code"] == "rate_limit_exceeded"
    assert Topup.objects.count() == 1
    assert caller.get(TOPUPS).status_code == 200, "reading is free"
    assert calling_as(stranger).post(CHECKOUT, {"amount_cents": 500}).status_code == 200


# --- what was paid --------------------------------------------------------------------------
def completed(user, cents, intent):
    topup = Topup.objects.create(user=user, kind="checkout", amount_cents=cents, livemode=False)
    services.complete_topup(
        topup_id=topup.pk,
        payment_intent_id=intent,
        paid_cents=cents,
        receipt_url=f"https://pay.example/{intent}",
    )
    return topup


def test_the_shape_of_the_top_ups(caller, user, stranger):
    topup = completed(user, 2500, "pi_1")
    completed(stranger, 5000, "pi_2")
    topup.refresh_from_db()

    body = caller.get(TOPUPS).json()

    assert {key: body[key] for key in ("page", "limit", "has_more")} == {
        "page": 1,
        "limit": 20,
        "has_more": False,
    }
    (row,) = body["topups"]
    assert {key: row[key] for key in ("id", "amount_cents", "amount_usd", "status")} == {
        "id": str(topup.pk),
        "amount_cents": 2500,
        "amount_usd": "$25.00",
        "status": "completed",
    }
    assert row["receipt_url"] == "https://pay.example/pi_1"
    assert row["completed_at"] >= row["created_at"]


def test_the_newest_come_first_page_by_page(caller, user):
    made = [
        Topup.objects.create(user=user, kind="checkout", amount_cents=100 + n, livemode=False)
        for n in range(3)
    ]
    pages = [caller.get(TOPUPS, page=page, limit=2).json() for page in (1, 2, 3)]
    assert [page["has_more"] for page in pages] == [True, False, False]
    assert [row["id"] for page in pages for row in page["topups"]] == [
        str(topup.pk) for topup in reversed(made)
    ]


@pytest.mark.parametrize(
    "query", [{"page": 0}, {"page": "x"}, {"limit": 0}, {"limit": 101}, {"page": 10**9}]
)
def test_a_page_that_is_none_is_refused(caller, query):
    assert error_of(caller.get(TOPUPS, **query), 400)["param"] in query


# --- codes ----------------------------------------------------------------------------------
def test_a_code_is_redeemed_once(caller, user):
    PromoCode.objects.create(code="WELCOME-5", amount_micros=5_009_999, reason="Launch")

    body = caller.post(REDEEM, {"code": " welcome-5 "}).json()

    assert (body["code"], body["amount_cents"], body["amount_usd"]) == ("WELCOME-5", 500, "$5.00")
    assert (body["amount_micros"], body["balance_micros"]) == (5_009_999, 5_009_999)
    again = error_of(caller.post(REDEEM, {"code": "WELCOME-5"}), 400)
    assert (again["param"], again["code"]) == ("code", "promo_refused")
    assert "already" in again["message"]
    assert money_of(user) == (5_009_999, 0)


@pytest.mark.parametrize("code", ["NOSUCH", "", 5, None, "x" * 65, "null\0"])
def test_what_is_no_code_gives_nothing(caller, user, code):
    assert error_of(caller.post(REDEEM, {"code": code}), 400)["param"] == "code"
    assert money_of(user) == (0, 0)
