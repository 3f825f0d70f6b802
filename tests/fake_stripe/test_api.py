from __future__ import annotations

import threading
import time

import httpx
import pytest
import stripe
from stripe import StripeClient

from tests.fake_stripe.cast import pay
from tests.harness.fake_stripe import FakeStripe


def test_another_key_is_refused(fake_stripe: FakeStripe) -> None:
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key") as refused:
        fake_stripe.client(key="sk_test_wrongwrongwrong").v1.customers.list()

    assert "wrongwrong" not in str(refused.value)


def test_no_key_is_refused(fake_stripe: FakeStripe) -> None:
    answer = httpx.get(f"{fake_stripe.url}/v1/customers")

    assert answer.status_code == 401
    assert "did not provide an API key" in answer.json()["error"]["message"]


def test_an_answer_names_its_request_and_its_version(client: StripeClient) -> None:
    answer = client.v1.customers.list().last_response

    assert answer
    assert answer.request_id.startswith("req_")
    assert answer.headers["stripe-version"] == stripe.api_version


def test_a_request_of_another_version_is_refused(fake_stripe: FakeStripe) -> None:
    client = fake_stripe.client()

    with pytest.raises(stripe.InvalidRequestError, match="version"):
        client.v1.customers.list(options={"stripe_version": "2020-08-27"})


def test_an_unknown_call_is_not_found(client: StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL") as refused:
        client.v1.subscriptions.list()

    assert refused.value.http_status == 404


def test_what_does_not_exist_is_named(client: StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such customer: 'cus_none'") as unknown:
        client.v1.customers.retrieve("cus_none")

    assert (unknown.value.http_status, unknown.value.code) == (404, "resource_missing")


def test_the_same_key_pays_once(fake_stripe: FakeStripe, client: StripeClient) -> None:
    asked = {"amount": 500, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa"}

    first = client.v1.payment_intents.create(asked, {"idempotency_key": "top-up-1"})
    again = client.v1.payment_intents.create(asked, {"idempotency_key": "top-up-1"})

    assert again.id == first.id
    assert again.last_response
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert len(fake_stripe.objects("charge")) == 1


def test_a_decline_is_replayed_too(fake_stripe: FakeStripe, client: StripeClient) -> None:
    asked = {"amount": 500, "currency": "usd", "confirm": True}
    asked |= {"payment_method": "pm_card_chargeDeclined"}

    for _ in range(2):
        with pytest.raises(stripe.CardError):
            client.v1.payment_intents.create(asked, {"idempotency_key": "top-up-2"})

    assert len(fake_stripe.objects("charge")) == 1
    assert [one["replayed"] for one in fake_stripe.requests()] == [False, True]


def test_the_same_key_for_something_else_is_refused(client: StripeClient) -> None:
    client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k"})

    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        client.v1.customers.create({"name": "Eve"}, {"idempotency_key": "k"})


def test_a_request_out_of_shape_does_not_use_its_key_up(client: StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param"):
        client.v1.refunds.create({"amount": 5}, {"idempotency_key": "k1"})
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter"):
        client.v1.customers.create({"nickname": "Ada"}, {"idempotency_key": "k2"})  # type: ignore

    assert client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k2"}).name == "Ada"


def test_a_key_in_use_is_a_conflict(fake_stripe: FakeStripe, client: StripeClient) -> None:
    fake_stripe.config(latency_ms=400)
    options: stripe.RequestOptions = {"idempotency_key": "twins"}
    first = threading.Thread(target=client.v1.customers.create, args=({}, options))
    first.start()
    time.sleep(0.15)

    with pytest.raises(stripe.APIError) as conflict:
        fake_stripe.client().v1.customers.create({}, options)

    first.join()
    assert conflict.value.http_status == 409
    assert conflict.value.error
    assert conflict.value.error.code == "idempotency_key_in_use"
    assert len(fake_stripe.objects("customer")) == 1


def test_parallel_requests_with_one_key_pay_once(fake_stripe: FakeStripe) -> None:
    clients = [fake_stripe.client(retries=3) for _ in range(6)]
    asked = {"amount": 500, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa"}
    made = []

    def ask(client: StripeClient) -> None:
        made.append(client.v1.payment_intents.create(asked, {"idempotency_key": "six"}).id)

    threads = [threading.Thread(target=ask, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 6
    assert len(set(made)) == len(fake_stripe.objects("charge")) == 1


def test_expansion_replaces_ids_by_objects(client: StripeClient) -> None:
    paid = pay(client)
    path = ["latest_charge.balance_transaction", "payment_method"]

    intent = client.v1.payment_intents.retrieve(paid.id, {"expand": path})

    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert isinstance(charge.balance_transaction, stripe.BalanceTransaction)
    assert charge.balance_transaction.net == 1_000 - 59
    assert isinstance(intent.payment_method, stripe.PaymentMethod)


def test_expansion_reaches_into_lists(client: StripeClient) -> None:
    pay(client)

    charges = client.v1.charges.list({"expand": ["data.payment_intent", "data.refunds"]})

    assert isinstance(charges.data[0].payment_intent, stripe.PaymentIntent)
    assert charges.data[0].refunds is not None


@pytest.mark.parametrize("path", ["nothing", "amount", "latest_charge.nothing"])
def test_what_cannot_be_expanded_is_refused(client: StripeClient, path: str) -> None:
    paid = pay(client)

    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.v1.payment_intents.retrieve(paid.id, {"expand": [path]})


def test_the_log_tells_what_was_asked(fake_stripe: FakeStripe, client: StripeClient) -> None:
    client.v1.customers.create({"metadata": {"account": "7"}}, {"idempotency_key": "k"})

    (asked,) = fake_stripe.requests("/v1/customers", method="POST")
    assert asked["params"] == {"metadata": {"account": "7"}}
    assert (asked["idempotency_key"], asked["status"]) == ("k", 200)
