from __future__ import annotations

import pytest
import stripe
from stripe import StripeClient

from tests.fake_stripe.cast import pay, saved_card
from tests.harness.fake_stripe import FakeStripe, WebhookReceiver


def test_a_saved_card_is_charged_without_its_owner(
    fake_stripe: FakeStripe, client: StripeClient, customer: str, webhook: WebhookReceiver
) -> None:
    card = saved_card(client, customer)

    intent = pay(client, card, customer=customer, metadata={"topup": "7"})

    assert (intent.status, intent.amount_received) == ("succeeded", 1_000)
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    assert (charge.paid, charge.amount, charge.customer) == (True, 1_000, customer)
    assert charge.metadata["topup"] == "7"
    fake_stripe.wait_delivered()
    assert webhook.types == [
        "payment_method.attached",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_authenticationRequired", "authentication_required", "authentication_required"),
        ("pm_card_authenticationRequiredOnSetup", "authentication_required", None),
    ],
)
def test_a_card_says_no(
    fake_stripe: FakeStripe,
    client: StripeClient,
    webhook: WebhookReceiver,
    card: str,
    code: str,
    decline_code: str | None,
) -> None:
    with pytest.raises(stripe.CardError) as declined:
        pay(client, card)

    error = declined.value.error
    assert error
    assert (declined.value.http_status, error.type, error.code) == (402, "card_error", code)
    assert decline_code in (error.decline_code, None)
    assert error.payment_intent
    assert error.payment_intent.status == "requires_payment_method"
    fake_stripe.wait_delivered()
    assert webhook.types[-2:] == ["charge.failed", "payment_intent.payment_failed"]
    failed = webhook.events[-1]["data"]["object"]
    assert failed["last_payment_error"]["code"] == code


def test_a_card_that_was_set_up_needs_no_authentication(
    client: StripeClient, customer: str
) -> None:
    card = saved_card(client, customer, "pm_card_authenticationRequiredOnSetup")

    assert pay(client, card, customer=customer).status == "succeeded"


def test_a_card_that_can_be_saved_may_be_declined_later(
    client: StripeClient, customer: str
) -> None:
    card = saved_card(client, customer, "pm_card_chargeCustomerFail")

    with pytest.raises(stripe.CardError):
        pay(client, card, customer=customer)


def test_a_card_that_is_declined_cannot_be_saved(client: StripeClient, customer: str) -> None:
    with pytest.raises(stripe.CardError):
        saved_card(client, customer, "pm_card_chargeDeclined")


def test_with_its_owner_present_the_bank_may_ask(
    fake_stripe: FakeStripe, client: StripeClient, webhook: WebhookReceiver
) -> None:
    asked: dict[str, object] = {"amount": 500, "currency": "usd", "confirm": True}
    asked |= {"payment_method": "pm_card_authenticationRequired"}
    asked |= {"return_url": "https://shop.example/back"}

    intent = client.v1.payment_intents.create(asked)  # type: ignore[arg-type]
    assert intent.status == "requires_action"
    assert intent.next_action
    assert intent.next_action.redirect_to_url
    fake_stripe.authenticate(intent.id)

    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    fake_stripe.wait_delivered()
    assert "payment_intent.requires_action" in webhook.types


def test_it_is_made_first_and_confirmed_later(client: StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 500, "currency": "usd"})
    assert (intent.status, intent.latest_charge) == ("requires_payment_method", None)
    assert intent.client_secret
    assert intent.client_secret.startswith(f"{intent.id}_secret_")

    with pytest.raises(stripe.CardError):
        client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_chargeDeclined"})
    paid = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

    assert paid.status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError) as again:
        client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert again.value.code == "payment_intent_unexpected_state"


def test_it_can_be_cancelled_until_it_is_paid(client: StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 500, "currency": "usd"})

    gone = client.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})

    assert (gone.status, gone.cancellation_reason) == ("canceled", "abandoned")
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.cancel(pay(client).id)


def test_a_card_of_another_customer_is_refused(client: StripeClient, customer: str) -> None:
    card = saved_card(client, customer)
    stranger = client.v1.customers.create({}).id

    with pytest.raises(stripe.InvalidRequestError, match="does not have a payment method"):
        pay(client, card, customer=stranger)
    with pytest.raises(stripe.InvalidRequestError, match="does not have a payment method"):
        pay(client, card)


def test_a_card_that_was_removed_is_refused(
    fake_stripe: FakeStripe, client: StripeClient, customer: str
) -> None:
    card = saved_card(client, customer)

    client.v1.payment_methods.detach(card)

    assert client.v1.customers.payment_methods.list(customer).data == []
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        pay(client, card, customer=customer)
    assert fake_stripe.events("payment_method.detached")


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"amount": 49}, "amount"),
        ({"amount": -5}, "amount"),
        ({"currency": "eur"}, "currency"),
        ({"customer": "cus_none"}, "customer"),
        ({"payment_method": "pm_none"}, "payment_method"),
        ({"confirm": False}, "off_session"),
    ],
)
def test_what_cannot_be_paid_is_refused(
    fake_stripe: FakeStripe, client: StripeClient, params: dict[str, object], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        pay(client, **{"card": "pm_card_visa", **params})  # type: ignore[arg-type]

    assert refused.value.param == param
    assert fake_stripe.objects("payment_intent") == []


def test_the_balance_shows_what_came_in(client: StripeClient) -> None:
    intent = pay(client)

    (moved,) = client.v1.balance_transactions.list({"type": "charge"}).data

    assert (moved.amount, moved.fee, moved.net) == (1_000, 59, 941)
    assert moved.source == intent.latest_charge


def test_a_customer_has_a_default_card(client: StripeClient, customer: str) -> None:
    card = saved_card(client, customer)

    changed = client.v1.customers.update(
        customer,
        {"invoice_settings": {"default_payment_method": card}, "metadata": {"a": "1"}},
    )

    assert changed.invoice_settings
    assert changed.invoice_settings.default_payment_method == card
    client.v1.payment_methods.detach(card)
    settings = client.v1.customers.retrieve(customer).invoice_settings
    assert settings
    assert settings.default_payment_method is None


def test_a_deleted_customer_is_gone(client: StripeClient, customer: str) -> None:
    assert client.v1.customers.delete(customer).deleted

    assert client.v1.customers.retrieve(customer).deleted
    assert client.v1.customers.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.v1.customers.update(customer, {"name": "Ada"})
