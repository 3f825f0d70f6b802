from __future__ import annotations

import pytest
from stripe import StripeClient

from tests.harness.fake_stripe import PretendStripe, WebhookReceiver


@pytest.fixture
def client(pretend_stripe: PretendStripe) -> StripeClient:
    """The real SDK, which tries everything once."""
    return pretend_stripe.client()


@pytest.fixture
def customer(client: StripeClient) -> str:
    return client.v1.customers.create({"email": "ada@example.org", "name": "Ada"}).id


@pytest.fixture
def webhook(pretend_stripe: PretendStripe, webhook_receiver: WebhookReceiver) -> WebhookReceiver:
    """A receiver that is told of everything."""
    pretend_stripe.config(webhook_url=webhook_receiver.url)
    return webhook_receiver
