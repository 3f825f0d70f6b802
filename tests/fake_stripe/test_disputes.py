from __future__ import annotations

import pytest
import stripe
from stripe import StripeClient

from tests.fake_stripe.cast import pay
from tests.harness.fake_stripe import FakeStripe, WebhookReceiver


def dispute_types(webhook: WebhookReceiver) -> list[str]:
    prefix = "charge.dispute."
    return [one.removeprefix(prefix) for one in webhook.types if one.startswith(prefix)]


def test_a_dispute_takes_the_money_and_a_fee(
    fake_stripe: FakeStripe, client: StripeClient, webhook: WebhookReceiver
) -> None:
    intent = pay(client)

    made = fake_stripe.dispute(intent.id, amount=400)

    dispute = client.v1.disputes.retrieve(made["id"])
    assert (dispute.status, dispute.amount) == ("needs_response", 400)
    assert (dispute.payment_intent, dispute.charge) == (intent.id, intent.latest_charge)
    (taken,) = dispute.balance_transactions
    assert (taken.amount, taken.fee, taken.net) == (-400, 1_500, -1_900)
    assert client.v1.charges.retrieve(str(intent.latest_charge)).disputed
    fake_stripe.wait_delivered()
    assert dispute_types(webhook) == ["created", "funds_withdrawn"]


def test_a_dispute_that_is_won_brings_the_money_back(
    fake_stripe: FakeStripe, client: StripeClient, webhook: WebhookReceiver
) -> None:
    intent = pay(client)
    fake_stripe.dispute(intent.id)

    won = fake_stripe.dispute(intent.id, status="won")

    moved = [(one["amount"], one["fee"]) for one in won["balance_transactions"]]
    assert moved == [(-1_000, 1_500), (1_000, 0)]
    fake_stripe.wait_delivered()
    closing = ["created", "funds_withdrawn", "funds_reinstated", "closed"]
    assert dispute_types(webhook) == closing
    before, after = (
        one["data"]["object"]
        for one in webhook.events
        if one["type"] in ("charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated")
    )
    assert len(before["balance_transactions"]) == 1
    assert len(after["balance_transactions"]) == 2


def test_giving_in_loses_it(
    fake_stripe: FakeStripe, client: StripeClient, webhook: WebhookReceiver
) -> None:
    intent = pay(client)
    made = fake_stripe.dispute(intent.id)

    lost = client.v1.disputes.close(made["id"])

    assert lost.status == "lost"
    fake_stripe.wait_delivered()
    assert dispute_types(webhook) == ["created", "funds_withdrawn", "closed"]
    with pytest.raises(stripe.InvalidRequestError, match="cannot become"):
        client.v1.disputes.close(made["id"])


def test_an_inquiry_moves_no_money(
    fake_stripe: FakeStripe, client: StripeClient, webhook: WebhookReceiver
) -> None:
    intent = pay(client)

    inquiry = fake_stripe.dispute(intent.id, status="warning_needs_response")
    closed = fake_stripe.dispute(intent.id, status="warning_closed")

    assert inquiry["balance_transactions"] == closed["balance_transactions"] == []
    fake_stripe.wait_delivered()
    assert dispute_types(webhook) == ["created", "closed"]


def test_an_inquiry_may_grow_into_a_dispute(
    fake_stripe: FakeStripe, client: StripeClient, webhook: WebhookReceiver
) -> None:
    intent = pay(client)
    fake_stripe.dispute(intent.id, status="warning_needs_response")

    grown = fake_stripe.dispute(intent.id, status="needs_response")

    assert len(grown["balance_transactions"]) == 1
    fake_stripe.wait_delivered()
    assert dispute_types(webhook) == ["created", "funds_withdrawn", "updated"]


@pytest.mark.parametrize(
    ("card", "status"),
    [
        ("pm_card_createDispute", "needs_response"),
        ("pm_card_createDisputeInquiry", "warning_needs_response"),
    ],
)
def test_some_cards_dispute_by_themselves(client: StripeClient, card: str, status: str) -> None:
    intent = pay(client, card)

    (dispute,) = client.v1.disputes.list({"payment_intent": intent.id}).data

    assert (intent.status, dispute.status) == ("succeeded", status)
