"""Payments through two web processes at once: every event comes several times, to both, in any
order, among forgeries; and a process dies in the middle of it. Each payment is credited once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.conftest import MakeServer
from tests.harness.account import Account
from tests.harness.fake_stripe import SECRET_KEY, WEBHOOK_SECRET, FakeStripe, fake_stripe_at
from tests.harness.programs import Program, free_port, wait_until
from tests.harness.server import MODES, Server

FIRST_CREDIT_MICROS = 5_000_000
AMOUNT_CENTS = 2500
AMOUNT_MICROS = 25_000_000
BUYERS = 4
EACH = 4
"""Top-ups that each of them makes."""


@dataclass(frozen=True)
class Shop:
    """A server that takes payments at a fake Stripe, by one web process or by two."""

    server: Server
    stripe: FakeStripe
    second: Program | None
    second_port: int = 0

    @property
    def doors(self) -> list[str]:
        ports = [self.server.port, *([self.second_port] if self.second else [])]
        return [f"http://127.0.0.1:{port}/webhooks/stripe" for port in ports]

    def start_second(self) -> None:
        assert self.second is not None
        self.second.start()
        alive = f"http://127.0.0.1:{self.second_port}/healthz"
        wait_until(lambda: _answers(alive), seconds=60, what="the second web process answers")

    def open_for(self, **settings: object) -> None:
        self.stripe.reset()
        self.stripe.config(webhook_urls=self.doors, senders=8, **settings)

    def wait_booked(self) -> None:
        """Until every event was taken."""
        self.stripe.wait_delivered(seconds=60)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(
    scope="module", params=[pytest.param(MODES[0], marks=pytest.mark.thorough), MODES[1]]
)
def shop(
    request: pytest.FixtureRequest,
    make_server: MakeServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shop]:
    """Grown up, it has two web processes; embedded there is one."""
    folder: Path = tmp_path_factory.mktemp("shop")
    with fake_stripe_at(folder) as stripe:
        env = {
            "PRELOAD_ENGINES": "false",
            "STRIPE_SECRET_KEY": SECRET_KEY,
            "STRIPE_WEBHOOK_SECRETS": f"whsec_before_it,{WEBHOOK_SECRET}",
            "STRIPE_API_BASE": stripe.url,
        }
        with make_server(request.param, env=env) as server:
            if request.param == "embedded":
                yield Shop(server, stripe, None)
                return
            shop = _with_second(server, stripe, folder)
            try:
                shop.start_second()
                yield shop
            finally:
                assert shop.second is not None
                shop.second.stop()


def _with_second(server: Server, stripe: FakeStripe, folder: Path) -> Shop:
    port = free_port()
    first, ours = str(server.port), str(port)
    args = [ours if arg == first else arg for arg in server.web.args]
    return Shop(server, stripe, Program("web-2", args, env=server.env, folder=folder), port)


two_processes = pytest.mark.parametrize("shop", MODES[1:], indirect=True)


def start_topup(account: Account, *, key: str = "") -> str:
    """Ask for a page; its session."""
    headers = {"Idempotency-Key": key} if key else {}
    with account.http() as client:
        answer = client.post(
            "/api-wallet/topup/checkout", json={"amount_cents": AMOUNT_CENTS}, headers=headers
        )
    assert answer.status_code == 200, answer.text
    session: str = answer.json()["session_id"]
    return session


def buyers(shop: Shop, number: int = BUYERS) -> list[Account]:
    return [shop.server.account() for _ in range(number)]


def pages_of(accounts: list[Account], each: int = EACH) -> list[str]:
    return [start_topup(account) for account in accounts for _ in range(each)]


def micros(accounts: list[Account]) -> list[int]:
    return [account.balance_micros() for account in accounts]


def after(topups: int) -> int:
    return FIRST_CREDIT_MICROS + topups * AMOUNT_MICROS


# --- credited once --------------------------------------------------------------------------


def test_each_payment_is_credited_once_among_twins_and_forgeries(shop: Shop) -> None:
    shop.open_for(duplicate=3, shuffle=True)
    accounts = buyers(shop)
    pages = pages_of(accounts)
    with ThreadPoolExecutor(8) as customers:
        list(customers.map(shop.stripe.pay, pages))
    for twist in ({"secret": "whsec_forged"}, {"tamper": True}, {"age_seconds": 400}):
        shop.stripe.resend(once=True, **twist)
    shop.wait_booked()

    assert micros(accounts) == [after(EACH)] * BUYERS
    answers = Counter(one["status"] for one in shop.stripe.deliveries())
    assert answers[400] == 3 * len(shop.stripe.events())
    assert set(answers) <= {200, 400}
    assert {one["to"] for one in shop.stripe.deliveries()} == set(shop.doors)
    shop.server.audit()

    shop.stripe.resend(times=2)
    shop.wait_booked()
    assert micros(accounts) == [after(EACH)] * BUYERS


def test_a_double_click_on_both_processes_is_one_payment(shop: Shop) -> None:
    shop.open_for()
    (account,) = buyers(shop, 1)
    with ThreadPoolExecutor(6) as clicks:
        sessions = set(clicks.map(lambda _: start_topup(account, key="one-click"), range(6)))
    assert len(sessions) == 1
    assert len(shop.stripe.objects("checkout.session")) == 1
    shop.stripe.pay(sessions.pop())
    shop.wait_booked()
    assert micros([account]) == [after(1)]


def test_refunds_and_disputes_that_overtake_their_payments_find_them(shop: Shop) -> None:
    shop.open_for(duplicate=2, shuffle=True, deliver="hold")
    accounts = buyers(shop, 3)
    pages = pages_of(accounts, 1)
    paid = [shop.stripe.pay(page)["payment_intent"] for page in pages]
    shop.stripe.refund(paid[0], amount=1000)
    shop.stripe.dispute(paid[1])
    shop.stripe.dispute(paid[2])
    shop.stripe.dispute(paid[2], status="won")
    shop.stripe.config(deliver="on")
    shop.wait_booked()

    assert micros(accounts) == [after(1) - 10_000_000, after(0), after(1)]
    frozen = shop.server.rows(
        "SELECT u.email FROM wallet_wallet w JOIN accounts_user u ON u.id = w.user_id"
        " WHERE w.is_frozen"
    )
    assert accounts[1].email in {row["email"] for row in frozen}
    assert accounts[2].email not in {row["email"] for row in frozen}
    assert not shop.server.rows("SELECT id FROM wallet_stripeevent WHERE status = 'failed'")
    shop.server.audit()


def test_bank_payments_are_credited_when_the_bank_has_paid(shop: Shop) -> None:
    shop.open_for(duplicate=2, shuffle=True)
    accounts = buyers(shop, 2)
    pages = pages_of(accounts, 1)
    for page in pages:
        shop.stripe.pay(page, card="pm_usBankAccount_success")
    shop.wait_booked()
    assert micros(accounts) == [after(0), after(0)]
    shop.stripe.settle(pages[0])
    shop.stripe.settle(pages[1], outcome="failed")
    shop.wait_booked()
    assert micros(accounts) == [after(1), after(0)]
    shop.server.audit()


def test_receipts_are_kept(shop: Shop) -> None:
    shop.open_for()
    (account,) = buyers(shop, 1)
    shop.stripe.pay(start_topup(account))
    shop.wait_booked()
    with account.http() as client:
        (topup,) = client.get("/api-wallet/topups").json()["topups"]
    assert (topup["status"], topup["amount_cents"]) == ("completed", AMOUNT_CENTS)
    assert topup["receipt_url"].startswith(shop.stripe.url)


# --- while something is away ------------------------------------------------------------------


@two_processes
def test_a_process_that_dies_among_them_loses_nothing(shop: Shop) -> None:
    assert shop.second is not None
    shop.open_for(duplicate=2, shuffle=True)
    accounts = buyers(shop)
    pages = pages_of(accounts)
    with ThreadPoolExecutor(4) as customers:
        paying = [customers.submit(shop.stripe.pay, page) for page in pages]
        for payment in paying[: len(pages) // 2]:
            payment.result()
        shop.second.kill()
        for payment in paying:
            payment.result()
    shop.start_second()
    shop.wait_booked()
    assert micros(accounts) == [after(EACH)] * BUYERS
    shop.server.audit()


def test_a_provider_that_does_not_answer_keeps_nobody_waiting_for_long(shop: Shop) -> None:
    shop.open_for()
    (account,) = buyers(shop, 1)
    shop.stripe.config(fail_next={"path_prefix": "/v1/checkout", "status": 500, "times": 3})
    with account.http() as client:
        ask = {"json": {"amount_cents": AMOUNT_CENTS}, "headers": {"Idempotency-Key": "again"}}
        refused = client.post("/api-wallet/topup/checkout", **ask)
        answer = client.post("/api-wallet/topup/checkout", **ask)
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) >= 1
    assert answer.status_code == 200
    shop.stripe.pay(answer.json()["session_id"])
    shop.wait_booked()
    assert micros([account]) == [after(1)]
