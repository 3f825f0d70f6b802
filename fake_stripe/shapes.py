"""The fields of each kind of object, with the values they have when nothing is said about them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))

_NULL = {
    "balance_transaction": "description exchange_rate source",
    "billing_portal.session": "customer_account locale on_behalf_of return_url",
    "charge": """application application_fee application_fee_amount balance_transaction
        calculated_statement_descriptor customer description failure_balance_transaction
        failure_code failure_message on_behalf_of outcome payment_intent payment_method
        payment_method_details receipt_email receipt_number receipt_url review shipping source
        source_transfer statement_descriptor statement_descriptor_suffix transfer_data
        transfer_group""",
    "checkout.session": """after_expiration allow_promotion_codes amount_subtotal amount_total
        billing_address_collection cancel_url client_reference_id client_secret
        collected_information consent consent_collection currency currency_conversion customer
        customer_account customer_creation customer_details customer_email integration_identifier
        invoice invoice_creation locale managed_payments origin_context payment_intent
        payment_link payment_method_collection payment_method_configuration_details permissions
        recovered_from saved_payment_method_options setup_intent shipping_address_collection
        shipping_cost submit_type subscription success_url total_details url wallet_options""",
    "customer": """address currency customer_account default_source description discount email
        name phone shipping test_clock""",
    "dispute": "payment_intent",
    "event": "",
    "invoice": """account_country account_name account_tax_ids amount_overpaid application
        automatically_finalizes_at custom_fields customer customer_account customer_address
        customer_email customer_name customer_phone customer_shipping default_payment_method
        default_source description due_date effective_at ending_balance footer from_invoice
        hosted_invoice_url invoice_pdf last_finalization_error latest_revision
        next_payment_attempt number on_behalf_of parent receipt_number rendering shipping_cost
        shipping_details statement_descriptor test_clock total_pretax_credit_amounts
        webhooks_delivered_at""",
    "item": "description price",
    "payment_intent": """application application_fee_amount canceled_at cancellation_reason
        customer customer_account description excluded_payment_method_types last_payment_error
        latest_charge managed_payments next_action on_behalf_of payment_method
        payment_method_configuration_details processing receipt_email review setup_future_usage
        shipping source statement_descriptor statement_descriptor_suffix transfer_data
        transfer_group""",
    "payment_method": "customer customer_account",
    "refund": """balance_transaction charge customer customer_account payment_intent
        payment_method reason receipt_number source_transfer_reversal transfer_reversal""",
    "setup_intent": """application cancellation_reason customer customer_account description
        excluded_payment_method_types flow_directions last_setup_error latest_attempt mandate
        next_action on_behalf_of payment_method payment_method_configuration_details
        single_use_mandate""",
    "webhook_endpoint": "api_version application description",
}
"""Kind -> the fields that are null until something happens."""

_GIVEN: dict[str, dict[str, Any]] = {
    "balance_transaction": {
        "balance_type": "payments",
        "fee": 0,
        "fee_details": [],
        "status": "available",
    },
    "billing_portal.session": {
        "configuration": "bpc_pretend",
        "flow": None,
        "livemode": False,
    },
    "charge": {
        "amount_captured": 0,
        "amount_refunded": 0,
        "billing_details": dict.fromkeys(("email", "name", "phone", "tax_id"))
        | {"address": _ADDRESS},
        "captured": False,
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "paid": False,
        "refunded": False,
    },
    "checkout.session": {
        "adaptive_pricing": {"enabled": False},
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
        ),
        "discounts": [],
        "livemode": False,
        "metadata": {},
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "ui_mode": "hosted_page",
    },
    "customer": {
        "balance": 0,
        "delinquent": False,
        "invoice_prefix": "PRETEND",
        "livemode": False,
        "metadata": {},
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "tax_exempt": "none",
    },
    "dispute": {
        "balance_transactions": [],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
    },
    "event": {"livemode": False},
    "invoice": {
        "amount_remaining": 0,
        "amount_shipping": 0,
        "attempt_count": 1,
        "attempted": True,
        "auto_advance": False,
        "billing_reason": "manual",
        "collection_method": "charge_automatically",
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "discounts": [],
        "issuer": {"type": "self"},
        "livemode": False,
        "metadata": {},
        "payment_settings": dict.fromkeys(
            ("default_mandate", "payment_method_options", "payment_method_types")
        ),
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "total_discount_amounts": [],
    },
    "item": {"amount_discount": 0, "amount_tax": 0, "quantity": 1},
    "payment_intent": {
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "always"},
        "capture_method": "automatic_async",
        "confirmation_method": "automatic",
        "livemode": False,
        "metadata": {},
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
    },
    "payment_method": {
        "allow_redisplay": "unspecified",
        "billing_details": dict.fromkeys(("email", "name", "phone", "tax_id"))
        | {"address": _ADDRESS},
        "livemode": False,
        "metadata": {},
    },
    "refund": {"metadata": {}},
    "setup_intent": {
        "automatic_payment_methods": None,
        "livemode": False,
        "metadata": {},
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
        "usage": "off_session",
    },
    "webhook_endpoint": {"livemode": False, "metadata": {}, "status": "enabled"},
}


def blank(kind: str) -> dict[str, Any]:
    """A new object of `kind` before anything is known of it."""
    return dict.fromkeys(_NULL[kind].split()) | deepcopy(_GIVEN[kind])


def page(url: str, data: list[dict[str, Any]], *, more: bool = False) -> dict[str, Any]:
    """Stripe's list object."""
    return {"object": "list", "url": url, "has_more": more, "data": data}
