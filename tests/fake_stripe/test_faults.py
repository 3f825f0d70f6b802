from __future__ import annotations

import time

import pytest
import stripe
from stripe import StripeClient

from tests.fake_stripe.cast import pay
from tests.harness.fake_stripe import FakeStripe


def test_the_next_requests_fail_as_ordered(fake_stripe: FakeStripe, client: StripeClient) -> None:
    order = {"method": "POST", "path_prefix": "/v1/payment_intents", "status": 503, "times": 2}
    fake_stripe.config(fail_next=order)

    client.v1.customers.create({})
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            pay(client)

    assert pay(client).status == "succeeded"
    assert len(fake_stripe.objects("payment_intent")) == 1


def test_too_many_requests(fake_stripe: FakeStripe, client: StripeClient) -> None:
    fake_stripe.config(fail_next={"status": 429})

    with pytest.raises(stripe.RateLimitError):
        client.v1.customers.list()


def test_an_answer_that_is_lost_after_the_work(
    fake_stripe: FakeStripe, client: StripeClient
) -> None:
    fake_stripe.config(fail_next={"status": "drop_after_commit"})

    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k"})
    made = client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k"})

    (only,) = fake_stripe.objects("customer")
    assert only["id"] == made.id
    assert [one["fate"] for one in fake_stripe.requests()] == ["drop", "answer"]


def test_the_sdk_mends_a_lost_answer_by_itself(fake_stripe: FakeStripe) -> None:
    fake_stripe.config(fail_next={"status": "drop_after_commit"})

    fake_stripe.client(retries=2).v1.customers.create({})

    assert len(fake_stripe.objects("customer")) == 1
    assert [one["replayed"] for one in fake_stripe.requests()] == [False, True]


@pytest.mark.parametrize(("fault", "made"), [("hang", 0), ("timeout", 1)])
def test_an_answer_that_never_comes(fake_stripe: FakeStripe, fault: str, made: int) -> None:
    fake_stripe.config(fail_next={"status": fault})
    impatient = fake_stripe.client(timeout=0.3)

    with pytest.raises(stripe.APIConnectionError):
        impatient.v1.customers.create({})

    assert len(fake_stripe.objects("customer")) == made


def test_latency(fake_stripe: FakeStripe, client: StripeClient) -> None:
    fake_stripe.config(latency_ms=200)
    started = time.monotonic()

    client.v1.customers.list()

    assert time.monotonic() - started >= 0.2


def test_an_order_that_makes_no_sense_is_refused(fake_stripe: FakeStripe) -> None:
    with pytest.raises(AssertionError, match="fail_next"):
        fake_stripe.config(fail_next={"status": "explode"})
    with pytest.raises(AssertionError, match="no setting"):
        fake_stripe.config(colour="red")
