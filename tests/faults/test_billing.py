"""The thread that bills, in the product as it ships: a low balance is charged to the card and
warned of, and what the webhook loses is found at Stripe, by whichever process comes first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import MakeServer
from tests.harness.account import Account
from tests.harness.fake_stripe import SECRET_KEY, WEBHOOK_SECRET, FakeStripe, fake_stripe_at
from tests.harness.programs import wait_until
from tests.harness.server import MODES, Server

SOON = 30
"""Seconds: many turns of the thread, on a busy machine."""
STANDING_ORDER = """
from django.utils import timezone
from accounts.models import User
from wallet.gateway import gateway
from wallet.models import AutoRecharge
import stripe
from django.conf import settings
user = User.objects.get(email={email!r})
customer = gateway().ensure_customer(user)
client = stripe.StripeClient({key!r}, base_addresses={{"api": {url!r}}})
card = client.v1.payment_methods.attach("pm_card_visa", {{"customer": customer}})
AutoRecharge.objects.create(
    user=user, is_enabled=True, payment_method_id=card.id, consent_at=timezone.now()
)
"""


@dataclass(frozen=True)
class Shop:
    server: Server
    stripe: FakeStripe

    def order(self, account: Account) -> None:
        """$25.00 from a card of the customer's, whenever less than $5.00 are left."""
        words = {"email": account.email, "key": SECRET_KEY, "url": self.stripe.url}
        self.server.manage("shell", "-c", STANDING_ORDER.format(**words))

    def topups(self, account: Account) -> list[str]:
        rows = self.server.rows(
            "SELECT t.status FROM wallet_topup t JOIN accounts_user u ON u.id = t.user_id"
            f" WHERE u.email = '{account.email}' ORDER BY t.created_at"
        )
        return [row["status"] for row in rows]

    def balance(self, account: Account) -> int:
        (row,) = self.server.rows(
            "SELECT posted_micros FROM wallet_wallet w JOIN accounts_user u ON u.id = w.user_id"
            f" WHERE u.email = '{account.email}'"
        )
        return int(row["posted_micros"])


@pytest.fixture(
    scope="module", params=[pytest.param(MODES[0], marks=pytest.mark.thorough), MODES[1]]
)
def shop(
    request: pytest.FixtureRequest, make_server: MakeServer, tmp_path_factory
) -> Iterator[Shop]:
    folder: Path = tmp_path_factory.mktemp("billing-stripe")
    with fake_stripe_at(folder, secret_key=SECRET_KEY) as stripe:
        env = {
            "STRIPE_SECRET_KEY": SECRET_KEY,
            "STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
            "STRIPE_API_BASE": stripe.url,
            "BILLING_SECONDS": "1",
            "RECONCILE_SECONDS": "1",
            "PRELOAD_ENGINES": "false",
        }
        with make_server(request.param, env=env) as server:
            yield Shop(server, stripe)
            server.audit()


def test_a_low_balance_is_recharged_and_the_lost_webhook_made_good(shop: Shop) -> None:
    account = shop.server.account("4.00")  # no webhook_url: Stripe's events go nowhere
    shop.order(account)

    wait_until(
        lambda: shop.topups(account) == ["completed"], seconds=SOON, what="the charge is credited"
    )

    assert shop.balance(account) == 29_000_000
    charges = [one for one in shop.stripe.objects("charge") if one["paid"]]
    assert [one["amount"] for one in charges] == [2500]
    report = shop.server.manage("reconcile_stripe", "--since", "1h").stdout
    assert "Stripe and the ledger say the same" in report
    assert SECRET_KEY not in shop.server.log
