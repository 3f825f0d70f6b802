from __future__ import annotations

import pytest
from stripe import StripeClient

from tests.harness.fake_stripe import FakeStripe, WebhookReceiver


@pytest.fixture
def client(fake_stripe: FakeStripe) -> StripeClient:
    """The real SDK, which tries everything once."""
    return fake_stripe.client()


@pytest.fixture
def customer(client: StripeClient) -> str:
    return client.v1.customers.create({"email": "ada@example.org", "name": "Ada"}).id


@pytest.fixture
def webhook(fake_stripe: FakeStripe, webhook_receiver: WebhookReceiver) -> WebhookReceiver:
    """A receiver that is told of everything."""
    fake_stripe.config(webhook_url=webhook_receiver.url)
    return webhook_receiver
