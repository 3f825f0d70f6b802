from __future__ import annotations

import pytest
import stripe
from stripe import StripeClient

from tests.fake_stripe.cast import pay
from tests.harness.fake_stripe import FakeStripe, WebhookReceiver


def test_money_goes_back_in_parts(
    fake_stripe: FakeStripe, client: StripeClient, webhook: WebhookReceiver
) -> None:
    intent = pay(client)

    part = client.v1.refunds.create(
        {"payment_intent": intent.id, "amount": 300, "reason": "requested_by_customer"}
    )
    rest = client.v1.refunds.create({"charge": str(intent.latest_charge)})

    assert (part.amount, part.status, part.payment_intent) == (300, "succeeded", intent.id)
    assert rest.amount == 700
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (1_000, True)
    listed = client.v1.refunds.list({"payment_intent": intent.id}).data
    assert [one.id for one in listed] == [rest.id, part.id]
    fake_stripe.wait_delivered()
    assert webhook.types[-4:] == ["refund.created", "charge.refunded"] * 2
    partly = webhook.events[-3]["data"]["object"]
    assert (partly["amount_refunded"], partly["refunded"]) == (300, False)


def test_no_more_goes_back_than_came(client: StripeClient) -> None:
    intent = pay(client)
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 600})

    with pytest.raises(stripe.InvalidRequestError, match=r"\$5.00\) is greater .* \(\$4.00\)"):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 500})
    client.v1.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 1})

    assert refused.value.code == "charge_already_refunded"


@pytest.mark.parametrize("amount", [0, -1])
def test_a_refund_is_of_something(client: StripeClient, amount: int) -> None:
    intent = pay(client)

    with pytest.raises(stripe.InvalidRequestError, match="positive"):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": amount})


def test_what_was_not_paid_is_not_refunded(client: StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 500, "currency": "usd"})

    with pytest.raises(stripe.InvalidRequestError, match="nothing to refund"):
        client.v1.refunds.create({"payment_intent": intent.id})


def test_a_refund_may_wait_and_then_fail(
    fake_stripe: FakeStripe, client: StripeClient, webhook: WebhookReceiver
) -> None:
    intent = pay(client, "pm_card_pendingRefund")
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == "pending"

    fake_stripe.refund_status(refund.id, "failed")

    failed = client.v1.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "unknown")
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    fake_stripe.wait_delivered()
    assert webhook.types[-3:] == ["refund.updated", "charge.refund.updated", "refund.failed"]


def test_a_refund_that_succeeded_may_still_fail(
    fake_stripe: FakeStripe, client: StripeClient
) -> None:
    refund = client.v1.refunds.create({"payment_intent": pay(client).id})

    assert fake_stripe.refund_status(refund.id, "failed")["status"] == "failed"


def test_the_dashboard_refunds_too(fake_stripe: FakeStripe, client: StripeClient) -> None:
    intent = pay(client)

    refund = fake_stripe.refund(intent.id, amount=250, status="pending")

    assert client.v1.refunds.retrieve(refund["id"]).amount == 250
    assert fake_stripe.requests("/v1/refunds", method="POST") == []


def test_a_payment_in_dispute_is_not_refunded(
    fake_stripe: FakeStripe, client: StripeClient
) -> None:
    intent = pay(client)
    fake_stripe.dispute(intent.id)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id})

    assert refused.value.code == "charge_disputed"
