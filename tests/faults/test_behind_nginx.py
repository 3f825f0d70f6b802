"""With nginx in front, as in `deploy/`: a client pays for hardly more than its machine has got."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import MakeServer
from tests.faults.conftest import CREDIT_MICROS, FAULT_ENV, speak
from tests.faults.test_clients_leaving import ACKNOWLEDGED_BYTES, SLICE_BYTES, spoken
from tests.harness.account import Account
from tests.harness.nginx import Nginx
from tests.harness.server import Server

PROXY_BYTES = 100_000
"""What README says that nginx and the socket before it take for a client that reads none."""


@pytest.fixture(scope="module")
def shaky(make_server: MakeServer) -> Iterator[Server]:
    """A server that listens where the sample of its unit does: at a socket of the machine."""
    with (
        tempfile.TemporaryDirectory(prefix="ap") as folder,
        make_server("embedded", env=FAULT_ENV | {"ALLOWED_HOSTS": "*"}) as server,
    ):
        at_port = list(server.web.args)
        start = at_port.index("--host")
        sock = str(Path(folder) / "web.sock")
        believing = ["--proxy-headers", "--forwarded-allow-ips", "*"]
        server.web.stop()
        server.web.args[start : start + 4] = ["--uds", sock, *believing]
        server.web.start()
        nginx = Nginx(Path(folder) / "nginx", f"unix:{sock}")
        nginx.start()
        server.api = nginx.api
        yield server
        nginx.stop()


@pytest.fixture
def customer(shaky: Server) -> Iterator[Account]:
    account = shaky.account(credit=f"{CREDIT_MICROS / 1_000_000:.2f}")
    yield account
    assert account.held_micros() == 0
    shaky.audit()


@pytest.mark.parametrize("kind", ["mp3", pytest.param("pcm", marks=pytest.mark.thorough)])
def test_a_slow_reader_pays_for_little_that_waits_in_nginx(
    shaky: Server, customer: Account, kind: str
) -> None:
    whole_bytes = spoken(customer, kind)
    whole = shaky.wait_for_job(customer, "succeeded")

    taken_bytes = spoken(customer, kind, until_bytes=whole_bytes // 20)

    job = shaky.wait_for_job(customer, "cancelled")
    paid_bytes = whole_bytes * job["audio_ms"] / whole["audio_ms"]
    assert taken_bytes - SLICE_BYTES <= paid_bytes
    assert paid_bytes <= taken_bytes + ACKNOWLEDGED_BYTES + PROXY_BYTES
    customer.settled_balance()


def test_its_clients_are_known_by_their_own_addresses(shaky: Server, customer: Account) -> None:
    """nginx is believed at the socket: else no client would have an address."""
    assert speak(customer, "tone").status_code == 200
    (used,) = shaky.rows(
        "SELECT used.last_used_address AS address FROM accounts_apikey used"
        f" JOIN accounts_user u ON u.id = used.user_id WHERE u.email = '{customer.email}'"
    )
    assert used["address"] == "127.0.0.1"
    assert customer.settled_balance() < CREDIT_MICROS
