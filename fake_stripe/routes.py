"""The table of the calls: method, path, the SDK's description of the parameters, the function."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from stripe import params
from stripe.params import billing_portal
from stripe.params import checkout as session_params

from fake_stripe import (
    account,
    charges,
    checkout,
    customers,
    disputes,
    invoices,
    payment_intents,
    payment_methods,
    refunds,
    setups,
)
from fake_stripe.state import Obj


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    shape: type
    answer: Callable[..., Obj]


_TABLE: list[tuple[str, str, Any, Callable[..., Obj]]] = [
    ("POST", "customers", params.CustomerCreateParams, customers.create),
    ("GET", "customers", params.CustomerListParams, customers.list_),
    ("GET", "customers/*", params.CustomerRetrieveParams, customers.retrieve),
    ("POST", "customers/*", params.CustomerUpdateParams, customers.update),
    ("DELETE", "customers/*", params.CustomerDeleteParams, customers.delete),
    (
        "GET",
        "customers/*/payment_methods",
        params.CustomerPaymentMethodListParams,
        payment_methods.of_customer,
    ),
    ("POST", "checkout/sessions", session_params.SessionCreateParams, checkout.create),
    ("GET", "checkout/sessions", session_params.SessionListParams, checkout.list_),
    ("GET", "checkout/sessions/*", session_params.SessionRetrieveParams, checkout.retrieve),
    ("POST", "checkout/sessions/*", session_params.SessionUpdateParams, checkout.update),
    ("POST", "checkout/sessions/*/expire", session_params.SessionExpireParams, checkout.expire),
    (
        "GET",
        "checkout/sessions/*/line_items",
        session_params.SessionLineItemListParams,
        checkout.line_items,
    ),
    ("POST", "payment_intents", params.PaymentIntentCreateParams, payment_intents.create),
    ("GET", "payment_intents", params.PaymentIntentListParams, payment_intents.list_),
    ("GET", "payment_intents/*", params.PaymentIntentRetrieveParams, payment_intents.retrieve),
    ("POST", "payment_intents/*", params.PaymentIntentUpdateParams, payment_intents.update),
    (
        "POST",
        "payment_intents/*/confirm",
        params.PaymentIntentConfirmParams,
        payment_intents.confirm,
    ),
    ("POST", "payment_intents/*/cancel", params.PaymentIntentCancelParams, payment_intents.cancel),
    ("GET", "payment_methods", params.PaymentMethodListParams, payment_methods.list_),
    ("GET", "payment_methods/*", params.PaymentMethodRetrieveParams, payment_methods.retrieve),
    ("POST", "payment_methods/*/attach", params.PaymentMethodAttachParams, payment_methods.attach),
    ("POST", "payment_methods/*/detach", params.PaymentMethodDetachParams, payment_methods.detach),
    ("GET", "charges", params.ChargeListParams, charges.list_),
    ("GET", "charges/*", params.ChargeRetrieveParams, charges.retrieve),
    ("POST", "refunds", params.RefundCreateParams, refunds.create),
    ("GET", "refunds", params.RefundListParams, refunds.list_),
    ("GET", "refunds/*", params.RefundRetrieveParams, refunds.retrieve),
    ("POST", "refunds/*", params.RefundUpdateParams, refunds.update),
    ("POST", "refunds/*/cancel", params.RefundCancelParams, refunds.cancel),
    ("GET", "disputes", params.DisputeListParams, disputes.list_),
    ("GET", "disputes/*", params.DisputeRetrieveParams, disputes.retrieve),
    ("POST", "disputes/*", params.DisputeUpdateParams, disputes.update),
    ("POST", "disputes/*/close", params.DisputeCloseParams, disputes.close),
    ("GET", "setup_intents/*", params.SetupIntentRetrieveParams, setups.retrieve),
    ("GET", "invoices", params.InvoiceListParams, invoices.list_),
    ("GET", "invoices/*", params.InvoiceRetrieveParams, invoices.retrieve),
    ("POST", "billing_portal/sessions", billing_portal.SessionCreateParams, account.open_portal),
    ("GET", "events", params.EventListParams, account.events),
    ("GET", "events/*", params.EventRetrieveParams, account.event),
    (
        "POST",
        "webhook_endpoints",
        params.WebhookEndpointCreateParams,
        account.create_endpoint,
    ),
    ("GET", "webhook_endpoints", params.WebhookEndpointListParams, account.endpoints),
    ("GET", "webhook_endpoints/*", params.WebhookEndpointRetrieveParams, account.endpoint),
    (
        "DELETE",
        "webhook_endpoints/*",
        params.WebhookEndpointDeleteParams,
        account.delete_endpoint,
    ),
    ("GET", "balance_transactions", params.BalanceTransactionListParams, charges.movements),
    ("GET", "balance_transactions/*", params.BalanceTransactionRetrieveParams, charges.movement),
]
ROUTES = [Route(*row) for row in _TABLE]
_PATTERNS = [
    (route, re.compile("/v1/" + route.path.replace("*", "([^/]+)")).fullmatch) for route in ROUTES
]


def find(method: str, path: str) -> tuple[Route, list[str]] | None:
    """The call of a request, and the ids in its path."""
    for route, matches in _PATTERNS:
        found = matches(path) if route.method == method else None
        if found:
            return route, [unquote(id_) for id_ in found.groups()]
    return None
