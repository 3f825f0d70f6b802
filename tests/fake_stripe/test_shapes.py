"""Every object that is served has the fields of the real interface, and no others.

The names are those of Stripe's published API description; the SDK's classes are the other judge.
"""

from __future__ import annotations

from typing import Any, get_args

import pytest
import stripe
from stripe import StripeClient, StripeObject, billing_portal, checkout

from tests.fake_stripe.cast import pay, saved_card, session, setup_session
from tests.harness.fake_stripe import FakeStripe, Obj

FIELDS = {
    "balance_transaction": """
        amount available_on balance_type created currency description exchange_rate fee
        fee_details id net object reporting_category source status type""",
    "billing_portal.session": """
        configuration created customer customer_account flow id livemode locale object
        on_behalf_of return_url url""",
    "charge": """
        amount amount_captured amount_refunded application application_fee
        application_fee_amount balance_transaction billing_details
        calculated_statement_descriptor captured created currency customer description disputed
        failure_balance_transaction failure_code failure_message fraud_details id livemode
        metadata object on_behalf_of outcome paid payment_intent payment_method
        payment_method_details receipt_email receipt_number receipt_url refunded review shipping
        source source_transfer statement_descriptor statement_descriptor_suffix status
        transfer_data transfer_group""",
    "checkout.session": """
        adaptive_pricing after_expiration allow_promotion_codes amount_subtotal amount_total
        automatic_tax billing_address_collection cancel_url client_reference_id client_secret
        collected_information consent consent_collection created currency currency_conversion
        custom_fields custom_text customer customer_account customer_creation customer_details
        customer_email discounts expires_at id integration_identifier invoice invoice_creation
        livemode locale managed_payments metadata mode object origin_context payment_intent
        payment_link payment_method_collection payment_method_configuration_details
        payment_method_options payment_method_types payment_status permissions
        phone_number_collection recovered_from saved_payment_method_options setup_intent
        shipping_address_collection shipping_cost shipping_options status submit_type
        subscription success_url total_details ui_mode url wallet_options""",
    "customer": """
        address balance created currency default_source delinquent description discount email id
        invoice_prefix invoice_settings livemode metadata name next_invoice_sequence object
        phone preferred_locales shipping tax_exempt test_clock""",
    "dispute": """
        amount balance_transactions charge created currency enhanced_eligibility_types evidence
        evidence_details id is_charge_refundable livemode metadata object payment_intent
        payment_method_details reason status""",
    "event": """
        api_version created data id livemode object pending_webhooks request type""",
    "invoice": """
        account_country account_name account_tax_ids amount_due amount_overpaid amount_paid
        amount_remaining amount_shipping application attempt_count attempted auto_advance
        automatic_tax automatically_finalizes_at billing_reason collection_method created
        currency custom_fields customer customer_account customer_address customer_email
        customer_name customer_phone customer_shipping customer_tax_exempt customer_tax_ids
        default_payment_method default_source default_tax_rates description discounts due_date
        effective_at ending_balance footer from_invoice hosted_invoice_url id invoice_pdf issuer
        last_finalization_error latest_revision lines livemode metadata next_payment_attempt
        number object on_behalf_of parent payment_settings period_end period_start
        post_payment_credit_notes_amount pre_payment_credit_notes_amount receipt_number
        rendering shipping_cost shipping_details starting_balance statement_descriptor status
        status_transitions subtotal subtotal_excluding_tax test_clock total
        total_discount_amounts total_excluding_tax total_pretax_credit_amounts total_taxes
        webhooks_delivered_at""",
    "payment_intent": """
        amount amount_capturable amount_details amount_received application
        application_fee_amount automatic_payment_methods canceled_at cancellation_reason
        capture_method client_secret confirmation_method created currency customer
        customer_account description excluded_payment_method_types id last_payment_error
        latest_charge livemode managed_payments metadata next_action object on_behalf_of
        payment_method payment_method_configuration_details payment_method_options
        payment_method_types processing receipt_email review setup_future_usage shipping source
        statement_descriptor statement_descriptor_suffix status transfer_data transfer_group""",
    "payment_method": """
        allow_redisplay billing_details created customer customer_account id livemode metadata
        object type""",
    "refund": """
        amount balance_transaction charge created currency customer customer_account
        destination_details id metadata object payment_intent payment_method reason
        receipt_number source_transfer_reversal status transfer_reversal""",
    "setup_intent": """
        application automatic_payment_methods cancellation_reason client_secret created customer
        description excluded_payment_method_types flow_directions id last_setup_error
        latest_attempt livemode mandate metadata next_action object on_behalf_of payment_method
        payment_method_configuration_details payment_method_options payment_method_types
        single_use_mandate status usage""",
    "webhook_endpoint": """
        api_version application created description enabled_events id livemode metadata object
        status url""",
}
"""Without what is there only on demand: a charge's refunds, the card of what is no card."""

CLASSES: dict[str, type[StripeObject]] = {
    "balance_transaction": stripe.BalanceTransaction,
    "billing_portal.session": billing_portal.Session,
    "charge": stripe.Charge,
    "checkout.session": checkout.Session,
    "customer": stripe.Customer,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "invoice": stripe.Invoice,
    "item": stripe.LineItem,
    "line_item": stripe.InvoiceLineItem,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "refund": stripe.Refund,
    "setup_intent": stripe.SetupIntent,
    "webhook_endpoint": stripe.WebhookEndpoint,
}


def unknown_fields(served: Any, shape: type[StripeObject] | None, path: str) -> list[str]:
    """The fields, at any depth, that the SDK's classes do not have."""
    if isinstance(served, list):
        return [name for one in served for name in unknown_fields(one, shape, path)]
    if not isinstance(served, dict):
        return []
    kind = str(served.get("object"))
    shape = CLASSES.get(kind, shape)
    if shape is None or kind == "list":
        return [n for one in served.get("data", []) for n in unknown_fields(one, None, path)]
    known = shape.__annotations__
    found = [f"{path}.{name}" for name in served if name not in known]
    for name in served.keys() & known.keys():
        found += unknown_fields(served[name], part(known[name]), f"{path}.{name}")
    return found


def part(annotation: Any) -> type[StripeObject] | None:
    """The SDK's class of a part: written directly, as Optional[...] or as List[...]."""
    for one in (annotation, *get_args(annotation)):
        is_class = isinstance(one, type) and not get_args(one)
        if is_class and issubclass(one, StripeObject) and one is not StripeObject:
            return one if one.__annotations__ else None
        if get_args(one) and one is not annotation:
            return part(one)
    return None


@pytest.fixture
def everything(fake_stripe: FakeStripe, client: StripeClient, customer: str) -> list[Obj]:
    """All objects after a busy day, and all that the events of that day showed."""
    rich = {"payment_intent_data": {"setup_future_usage": "off_session"}, "customer": customer}
    rich |= {"invoice_creation": {"enabled": True}, "automatic_tax": {"enabled": True}}
    fake_stripe.pay(session(client, **rich).id)
    for card in ("pm_card_chargeDeclined", "pm_card_authenticationRequired"):
        fake_stripe.pay(session(client).id, card)
    for outcome in ("succeeded", "failed"):
        later = session(client).id
        fake_stripe.pay(later, "pm_usBankAccount_success")
        fake_stripe.settle(later, outcome)
    for card in ("pm_card_chargeDeclined", "pm_card_visa"):
        fake_stripe.pay(setup_session(client, customer).id, card)
    for amount in (300, 700):
        refund = client.v1.refunds.create({"payment_intent": pay(client).id, "amount": amount})
    fake_stripe.refund_status(refund.id, "failed")
    fake_stripe.dispute(pay(client).id, status="warning_needs_response")
    fake_stripe.dispute(pay(client, "pm_card_createDispute").id, status="won")
    client.v1.payment_methods.detach(saved_card(client, customer))
    client.v1.billing_portal.sessions.create({"customer": customer})
    url = "https://shop.example/hook"
    client.v1.webhook_endpoints.create({"url": url, "enabled_events": ["charge.failed"]})
    objects: list[Obj] = list(fake_stripe.state()["objects"].values())
    return objects + [one["data"]["object"] for one in objects if one["object"] == "event"]


def test_every_object_has_the_fields_of_the_interface(everything: list[Obj]) -> None:
    kinds = {one["object"] for one in everything}
    assert kinds == set(FIELDS)

    lacking = {
        f"{one['object']}.{name}"
        for one in everything
        for name in FIELDS[one["object"]].split()
        if name not in one
    }
    assert lacking == set()


def test_every_object_has_only_fields_that_the_sdk_knows(everything: list[Obj]) -> None:
    strange = {name for one in everything for name in unknown_fields(one, None, one["object"])}

    assert strange == set()


def test_the_types_of_events_are_those_of_the_sdk(everything: list[Obj]) -> None:
    known = get_args(stripe.Event.__annotations__["type"])

    assert {one["type"] for one in everything if one["object"] == "event"} - set(known) == set()


def test_the_guard_sees_a_field_that_is_not_there() -> None:
    charge = {"object": "charge", "outcome": {"typ": "x"}, "colour": "red"}

    assert unknown_fields(charge, None, "charge") == ["charge.colour", "charge.outcome.typ"]
