from __future__ import annotations

import time

import pytest
import stripe
from stripe import StripeClient

from fake_stripe.delivery import signature
from tests.fake_stripe.cast import pay, session
from tests.harness.fake_stripe import FakeStripe, Obj, WebhookReceiver
from tests.harness.programs import wait_until


def test_an_event_is_signed_and_tells_its_request(
    fake_stripe: FakeStripe, client: StripeClient, webhook: WebhookReceiver
) -> None:
    made = client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k"})
    fake_stripe.wait_delivered()

    (event,) = webhook.events
    assert (event["type"], event["livemode"]) == ("customer.created", False)
    assert event["api_version"] == stripe.api_version
    assert event["data"]["object"]["id"] == made.id
    assert event["request"]["idempotency_key"] == "k"
    assert client.v1.events.retrieve(event["id"]).pending_webhooks == 0


def test_the_sdk_accepts_one_right_signature_of_two() -> None:
    header = signature(b"{}", ["whsec_old", "whsec_new"], at=int(time.time()))

    for secret in ("whsec_old", "whsec_new"):
        assert stripe.WebhookSignature.verify_header("{}", header, secret, tolerance=300)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header("{}", header, "whsec_other", tolerance=300)


def test_it_shows_the_object_as_it_was(
    fake_stripe: FakeStripe, client: StripeClient, webhook: WebhookReceiver
) -> None:
    fake_stripe.config(deliver="hold")
    intent = pay(client)
    client.v1.refunds.create({"payment_intent": intent.id})
    fake_stripe.config(deliver="on")
    fake_stripe.wait_delivered()

    seen = {one["type"]: one["data"]["object"] for one in webhook.events}
    assert seen["payment_intent.created"]["status"] == "requires_payment_method"
    assert seen["charge.succeeded"]["amount_refunded"] == 0
    assert seen["charge.refunded"]["amount_refunded"] == 1_000


def test_it_tries_again_until_it_is_taken(
    fake_stripe: FakeStripe, client: StripeClient, webhook: WebhookReceiver
) -> None:
    answers = iter([500, 409, 302])
    webhook.answer = lambda event: next(answers, 204)

    client.v1.customers.create({})
    fake_stripe.wait_delivered()

    assert len({one["id"] for one in webhook.events}) == 1
    assert [one["status"] for one in fake_stripe.deliveries()] == [500, 409, 302, 204]


def test_it_gives_up_after_a_while(
    fake_stripe: FakeStripe, client: StripeClient, webhook: WebhookReceiver
) -> None:
    webhook.answer = lambda event: 500
    fake_stripe.config(max_attempts=2)

    made = client.v1.customers.create({})
    fake_stripe.wait_delivered()

    assert len(webhook.events) == 2
    assert client.v1.events.list().data[0].pending_webhooks == 1
    assert made.id == webhook.events[0]["data"]["object"]["id"]


def test_a_webhook_that_is_not_there_is_tried_again(
    fake_stripe: FakeStripe, client: StripeClient, webhook_receiver: WebhookReceiver
) -> None:
    fake_stripe.config(webhook_url="http://127.0.0.1:9/")
    client.v1.customers.create({})
    wait_until(fake_stripe.deliveries, seconds=5, what="the first attempt")

    fake_stripe.config(webhook_url=webhook_receiver.url)
    fake_stripe.wait_delivered()

    assert webhook_receiver.types == ["customer.created"]
    assert "ConnectionRefused" in fake_stripe.deliveries()[0]["status"]


def test_events_may_come_twice_and_out_of_order(
    fake_stripe: FakeStripe, client: StripeClient, webhook: WebhookReceiver
) -> None:
    fake_stripe.config(duplicate=2, shuffle=True, senders=4)
    for _ in range(4):
        client.v1.customers.create({})
        pay(client)
    fake_stripe.wait_delivered()

    sent = [event["id"] for event in fake_stripe.events()]
    received = [event["id"] for event in webhook.events]
    assert sorted(received) == sorted(sent * 2)
    assert received[: len(sent)] != sent


def test_several_webhooks_take_turns(
    fake_stripe: FakeStripe, client: StripeClient, webhook: WebhookReceiver
) -> None:
    with WebhookReceiver() as other:
        fake_stripe.config(webhook_urls=[webhook.url, other.url])
        for _ in range(4):
            client.v1.customers.create({})
        fake_stripe.wait_delivered()

        assert (len(webhook.events), len(other.events)) == (2, 2)


def test_events_can_be_held_off_and_sent_by_hand(
    fake_stripe: FakeStripe, client: StripeClient, webhook: WebhookReceiver
) -> None:
    fake_stripe.config(deliver="off")
    fake_stripe.pay(session(client).id)
    fake_stripe.config(deliver="on")
    (completed,) = fake_stripe.events("checkout.session.completed")
    assert webhook.events == []

    assert fake_stripe.resend(completed["id"], times=3) == 1
    fake_stripe.wait_delivered()

    assert [one["id"] for one in webhook.events] == [completed["id"]] * 3


@pytest.mark.parametrize(
    "twist",
    [{"secret": "whsec_wrong"}, {"age_seconds": 301}, {"tamper": True}],
    ids=["wrong secret", "old", "changed"],
)
def test_a_delivery_can_be_made_wrong(
    fake_stripe: FakeStripe, client: StripeClient, webhook: WebhookReceiver, twist: Obj
) -> None:
    client.v1.customers.create({})
    fake_stripe.wait_delivered()

    fake_stripe.resend("all", once=True, **twist)
    fake_stripe.wait_delivered()

    assert len(webhook.events) == len(webhook.refused) == 1
    assert fake_stripe.deliveries()[-1]["status"] == 400


def test_an_endpoint_gets_what_it_asked_for_signed_with_its_own_secret(
    fake_stripe: FakeStripe, client: StripeClient, webhook_receiver: WebhookReceiver
) -> None:
    made = client.v1.webhook_endpoints.create(
        {"url": webhook_receiver.url, "enabled_events": ["payment_intent.succeeded"]}
    )
    assert made.secret
    webhook_receiver.secret = made.secret

    pay(client)
    fake_stripe.wait_delivered()

    assert webhook_receiver.types == ["payment_intent.succeeded"]
    (listed,) = client.v1.webhook_endpoints.list().data
    assert (listed.id, "secret" in listed.to_dict()) == (made.id, False)


def test_events_are_listed_by_type(client: StripeClient) -> None:
    pay(client)
    client.v1.customers.create({})

    def types(**params: object) -> list[str]:
        return [one.type for one in client.v1.events.list(params).data]  # type: ignore[arg-type]

    assert types(type="customer.created") == ["customer.created"]
    assert types(type="payment_intent.*") == ["payment_intent.succeeded", "payment_intent.created"]
    asked = ["charge.succeeded", "customer.created"]
    assert types(types=asked) == ["customer.created", "charge.succeeded"]


def test_an_endpoint_that_was_deleted_is_told_nothing(
    fake_stripe: FakeStripe, client: StripeClient, webhook_receiver: WebhookReceiver
) -> None:
    asked = {"url": webhook_receiver.url, "enabled_events": ["*"]}
    made = client.v1.webhook_endpoints.create(asked)  # type: ignore[arg-type]

    assert client.v1.webhook_endpoints.delete(made.id).deleted
    client.v1.customers.create({})

    assert fake_stripe.state()["objects"].keys().isdisjoint({made.id})
    fake_stripe.wait_delivered()
    assert webhook_receiver.events == []
    assert client.v1.webhook_endpoints.list().data == []
