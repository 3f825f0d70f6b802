from __future__ import annotations

import time

import pytest
import stripe
from stripe import StripeClient

from tests.fake_stripe.cast import CANCEL, TEN_DOLLARS, session, setup_session
from tests.harness.fake_stripe import FakeStripe, WebhookReceiver


def test_a_session_starts_open_and_unpaid(fake_stripe: FakeStripe, client: StripeClient) -> None:
    made = session(client, client_reference_id="topup-1", metadata={"topup": "1"})

    assert (made.status, made.payment_status, made.livemode) == ("open", "unpaid", False)
    assert (made.amount_subtotal, made.amount_total, made.currency) == (1_000, 1_000, "usd")
    assert made.payment_intent is None
    assert made.url == f"{fake_stripe.url}/checkout/{made.id}"
    assert made.id.startswith("cs_test_")
    assert made.client_reference_id == "topup-1"
    assert made.metadata
    assert made.metadata["topup"] == "1"


def test_paying_completes_it(
    fake_stripe: FakeStripe, client: StripeClient, webhook: WebhookReceiver
) -> None:
    made = session(client, payment_intent_data={"metadata": {"topup": "1"}})

    fake_stripe.pay(made.id)

    expand = ["payment_intent.latest_charge", "line_items"]
    paid = client.v1.checkout.sessions.retrieve(made.id, {"expand": expand})
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert paid.payment_intent.metadata["topup"] == "1"
    assert isinstance(paid.payment_intent.latest_charge, stripe.Charge)
    assert paid.line_items
    assert paid.line_items.data[0].amount_total == TEN_DOLLARS
    fake_stripe.wait_delivered()
    assert webhook.types == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
    assert webhook.events[-1]["data"]["object"]["payment_status"] == "paid"


def test_it_is_paid_once(fake_stripe: FakeStripe, client: StripeClient) -> None:
    made = session(client)
    fake_stripe.pay(made.id)

    with pytest.raises(AssertionError, match="is complete"):
        fake_stripe.pay(made.id)

    assert len(fake_stripe.objects("charge")) == 1


def test_a_declined_card_leaves_it_open(
    fake_stripe: FakeStripe, client: StripeClient, webhook: WebhookReceiver
) -> None:
    made = session(client)

    declined = fake_stripe.pay(made.id, "pm_card_chargeDeclined")
    paid = fake_stripe.pay(made.id)

    assert (declined["status"], declined["payment_status"]) == ("open", "unpaid")
    assert paid["payment_status"] == "paid"
    assert paid["payment_intent"] == declined["payment_intent"]
    fake_stripe.wait_delivered()
    assert webhook.types.count("payment_intent.payment_failed") == 1
    assert webhook.types.count("payment_intent.created") == 1


@pytest.mark.parametrize(("outcome", "status"), [("succeeded", "paid"), ("failed", "unpaid")])
def test_a_bank_payment_settles_later(
    fake_stripe: FakeStripe,
    client: StripeClient,
    webhook: WebhookReceiver,
    outcome: str,
    status: str,
) -> None:
    made = session(client)

    waiting = fake_stripe.pay(made.id, "pm_usBankAccount_success")
    settled = fake_stripe.settle(made.id, outcome)

    assert (waiting["status"], waiting["payment_status"]) == ("complete", "unpaid")
    assert settled["payment_status"] == status
    fake_stripe.wait_delivered()
    completed = [one for one in webhook.events if one["type"] == "checkout.session.completed"]
    assert [one["data"]["object"]["payment_status"] for one in completed] == ["unpaid"]
    assert webhook.types[-1] == f"checkout.session.async_payment_{outcome}"


@pytest.mark.parametrize(("outcome", "status"), [("succeeded", "complete"), ("failed", "open")])
def test_a_card_may_ask_for_authentication(
    fake_stripe: FakeStripe, client: StripeClient, outcome: str, status: str
) -> None:
    made = session(client)
    asked = fake_stripe.pay(made.id, "pm_card_authenticationRequired")
    assert asked["status"] == "open"

    fake_stripe.authenticate(asked["payment_intent"], outcome)

    assert client.v1.checkout.sessions.retrieve(made.id).status == status


def test_the_card_is_saved_where_it_is_asked_for(
    fake_stripe: FakeStripe, client: StripeClient, customer: str
) -> None:
    made = session(
        client, customer=customer, payment_intent_data={"setup_future_usage": "off_session"}
    )

    fake_stripe.pay(made.id)

    (saved,) = client.v1.customers.payment_methods.list(customer).data
    assert saved.card
    assert saved.card.last4 == "4242"


def test_otherwise_the_card_is_not_saved(
    fake_stripe: FakeStripe, client: StripeClient, customer: str
) -> None:
    fake_stripe.pay(session(client, customer=customer).id)

    assert client.v1.customers.payment_methods.list(customer).data == []


def test_tax_comes_on_top(fake_stripe: FakeStripe, client: StripeClient) -> None:
    fake_stripe.config(tax_percent=20)
    made = session(client, automatic_tax={"enabled": True})

    fake_stripe.pay(made.id)

    paid = client.v1.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent"]})
    assert (made.amount_total, paid.amount_subtotal, paid.amount_total) == (1_000, 1_000, 1_200)
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert paid.payment_intent.amount_received == 1_200


def test_an_invoice_is_made_where_it_is_asked_for(
    fake_stripe: FakeStripe, client: StripeClient, customer: str
) -> None:
    made = session(client, customer=customer, invoice_creation={"enabled": True})

    fake_stripe.pay(made.id)

    paid = client.v1.checkout.sessions.retrieve(made.id, {"expand": ["invoice.payments"]})
    invoice = paid.invoice
    assert isinstance(invoice, stripe.Invoice)
    assert (invoice.status, invoice.total, invoice.customer) == ("paid", 1_000, customer)
    assert invoice.hosted_invoice_url == f"{fake_stripe.url}/invoices/{invoice.id}"
    assert invoice.payments
    assert invoice.payments.data[0].payment.payment_intent == paid.payment_intent
    assert [one.id for one in client.v1.invoices.list({"customer": customer})] == [invoice.id]


def test_a_setup_session_saves_a_card_and_charges_nothing(
    fake_stripe: FakeStripe, client: StripeClient, customer: str, webhook: WebhookReceiver
) -> None:
    made = setup_session(client, customer)
    assert made.payment_status == "no_payment_required"

    fake_stripe.pay(made.id)

    intent = client.v1.setup_intents.retrieve(str(made.setup_intent))
    saved = client.v1.payment_methods.list({"customer": customer, "type": "card"}).data
    assert intent.status == "succeeded"
    assert [one.id for one in saved] == [intent.payment_method]
    assert fake_stripe.objects("charge") == []
    fake_stripe.wait_delivered()
    assert webhook.types[-3:] == [
        "payment_method.attached",
        "setup_intent.succeeded",
        "checkout.session.completed",
    ]


def test_an_expired_session_cannot_be_paid(
    fake_stripe: FakeStripe, client: StripeClient, webhook: WebhookReceiver
) -> None:
    made = session(client)

    ended = client.v1.checkout.sessions.expire(made.id)

    assert (ended.status, ended.url) == ("expired", None)
    with pytest.raises(AssertionError, match="expired"):
        fake_stripe.pay(made.id)
    with pytest.raises(stripe.InvalidRequestError, match="expired"):
        client.v1.checkout.sessions.expire(made.id)
    fake_stripe.wait_delivered()
    assert webhook.types == ["checkout.session.expired"]


def test_sessions_are_found_by_their_payment(fake_stripe: FakeStripe, client: StripeClient) -> None:
    session(client)
    paid = fake_stripe.pay(session(client).id)

    found = client.v1.checkout.sessions.list({"payment_intent": paid["payment_intent"]})

    assert [one.id for one in found.data] == [paid["id"]]


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"mode": "subscription"}, "mode"),
        ({"customer": "cus_none"}, "customer"),
        ({"line_items": []}, "line_items"),
        ({"line_items": [{"price": "price_1", "quantity": 1}]}, "line_items[0][price]"),
        ({"success_url": "javascript:alert(1)"}, "success_url"),
        ({"cancel_url": "/relative"}, "cancel_url"),
        ({"expires_at": 1}, "expires_at"),
        ({"expires_at": int(time.time()) + 90_000}, "expires_at"),
        ({"cents": 49}, "amount"),
        ({"cents": 100_000_000}, "amount"),
    ],
)
def test_what_makes_no_session_is_refused(
    client: StripeClient, params: dict[str, object], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        session(client, **params)  # type: ignore[arg-type]

    assert refused.value.param == param


def test_a_session_for_cards_takes_no_bank_payment(
    fake_stripe: FakeStripe, client: StripeClient
) -> None:
    made = session(client, allowed_payment_method_types=["card"])

    with pytest.raises(AssertionError, match="takes card only"):
        fake_stripe.pay(made.id, "pm_usBankAccount_success")


def test_it_remembers_where_to_go_back(client: StripeClient) -> None:
    assert session(client).cancel_url == CANCEL
