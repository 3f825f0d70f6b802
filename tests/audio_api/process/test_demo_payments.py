"""When there is a fake Stripe beside the server, and that it is gone afterwards."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from audio_api.management.commands import run
from audio_api.process import banner as first_steps
from audio_api.process import demo_payments
from tests.harness.programs import wait_until

KEYS = ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_API_BASE")


@pytest.fixture(autouse=True)
def at_home(settings: Settings, tmp_path: Path) -> None:
    """A server on one's own machine, without any key."""
    for name in KEYS:
        setattr(settings, name, "")
    settings.STRIPE_WEBHOOK_SECRETS = []
    settings.DEMO_PAYMENTS = False
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    settings.DATA_DIR = tmp_path


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.2"])
@pytest.mark.parametrize("url", ["http://localhost:9", "http://127.0.0.1", "http://[::1]:8000"])
def test_wanted_at_home(host: str, url: str, settings: Settings) -> None:
    settings.PUBLIC_URL = url
    assert demo_payments.are_wanted(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "audio.example.com", ""])
def test_not_where_others_can_come(host: str, settings: Settings) -> None:
    assert not demo_payments.are_wanted(host)


@pytest.mark.parametrize(
    "change",
    [
        {"PUBLIC_URL": "https://audio.example.com"},
        {"PUBLIC_URL": "http://localhost.example.com"},
        {"PUBLIC_URL": ""},
        {"ALLOWED_HOSTS": ["127.0.0.1", "audio.example.com"]},
        {"ALLOWED_HOSTS": ["*"]},
        {"STRIPE_SECRET_KEY": "sk_test_1"},
        {"STRIPE_SECRET_KEY": "sk_live_1"},
        {"STRIPE_PUBLISHABLE_KEY": "pk_test_1"},
        {"STRIPE_WEBHOOK_SECRETS": ["whsec_1"]},
        {"STRIPE_API_BASE": "http://127.0.0.1:1"},
    ],
)
def test_not_at_a_public_address_nor_with_any_key(
    change: dict[str, object], settings: Settings
) -> None:
    for name, value in change.items():
        setattr(settings, name, value)
    assert not demo_payments.are_wanted("127.0.0.1")


# --- what the one who starts it is told ---------------------------------------------------------
def banner(host: str = "127.0.0.1") -> str:
    return first_steps.banner("http://127.0.0.1:8000", None, host=host)


@pytest.mark.parametrize(
    ("host", "change"),
    [
        ("0.0.0.0", {}),
        ("127.0.0.1", {"PUBLIC_URL": "https://audio.example.com"}),
        ("127.0.0.1", {"ALLOWED_HOSTS": ["audio.example.com"]}),
        ("127.0.0.1", {"STRIPE_PUBLISHABLE_KEY": "pk_test_1"}),
    ],
)
def test_one_line_says_why_nobody_can_pay(
    host: str, change: dict[str, object], settings: Settings
) -> None:
    for name, value in change.items():
        setattr(settings, name, value)
    [line] = [line for line in banner(host).splitlines() if line.startswith("Payments")]
    assert line.startswith("Payments   off: ")
    assert line.endswith("; set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRETS")

    settings.STRIPE_SECRET_KEY = "sk_test_1"
    assert "Payments" not in banner(host)


# --- the process --------------------------------------------------------------------------------
@pytest.fixture
def children() -> Iterator[list[psutil.Process]]:
    """The processes that we start meanwhile; all of them have to be gone in the end."""
    before = set(psutil.Process().children())
    seen: list[psutil.Process] = []
    yield seen
    assert set(psutil.Process().children()) <= before


def test_settings_and_pages_while_it_runs(
    children: list[psutil.Process], settings: Settings
) -> None:
    with demo_payments.beside("http://127.0.0.1:8000") as address:
        assert address == django_settings.STRIPE_API_BASE
        assert httpx.get(f"{address}/v1/customers").status_code == 401
        key = {"Authorization": f"Bearer {django_settings.STRIPE_SECRET_KEY}"}
        assert httpx.get(f"{address}/v1/customers", headers=key).status_code == 200
        assert django_settings.STRIPE_SECRET_KEY.startswith("sk_test_")
        assert django_settings.DEMO_PAYMENTS
        assert "pretend card" in banner()
        kept = django_settings.STRIPE_SECRET_KEY, django_settings.STRIPE_WEBHOOK_SECRETS
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/v1/customers")

    # When it is started again, Then customers of the first time are still known
    with demo_payments.beside("http://127.0.0.1:8000"):
        assert kept == (django_settings.STRIPE_SECRET_KEY, django_settings.STRIPE_WEBHOOK_SECRETS)
    settings.SECRET_KEY = "of another installation"
    assert demo_payments._secret("key") not in kept[0]


def test_receipts_of_the_last_time_are_still_there(children: list[psutil.Process]) -> None:
    # Given an address that was given away
    with demo_payments.beside("http://127.0.0.1:8000") as first:
        assert httpx.get(f"{first}/v1/customers").status_code == 401

    # Then it is the same at the next start
    with demo_payments.beside("http://127.0.0.1:8000") as again:
        assert again == first

    # And when another program has taken it, another one is found
    with (
        socket.create_server(("127.0.0.1", urlsplit(first or "").port or 0)),
        demo_payments.beside("http://127.0.0.1:8000") as elsewhere,
    ):
        assert elsewhere not in (None, first)


def test_no_secret_is_among_its_words(children: list[psutil.Process]) -> None:
    before = set(psutil.Process().children())
    with demo_payments.beside("http://127.0.0.1:8000"):
        [child] = set(psutil.Process().children()) - before
        words = " ".join(child.cmdline())
    assert "fake_stripe" in words
    assert "sk_test_" not in words
    assert "whsec_" not in words


@pytest.mark.parametrize("program", ["print('no')", "import sys; sys.exit('broken')"])
def test_without_it_the_server_goes_on(
    program: str,
    children: list[psutil.Process],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = [sys.executable, "-c", program]
    start = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda _, **options: start(broken, **options))

    with demo_payments.beside("http://127.0.0.1:8000") as address:
        assert address is None
        assert django_settings.STRIPE_SECRET_KEY == ""
        assert not django_settings.DEMO_PAYMENTS
        assert "pretend card" not in banner()


def test_one_that_says_nothing_is_not_waited_for(
    children: list[psutil.Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = [sys.executable, "-c", "import time; time.sleep(60)"]
    start = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda _, **options: start(silent, **options))
    monkeypatch.setattr(demo_payments, "START_SECONDS", 0.2)

    with demo_payments.beside("http://127.0.0.1:8000") as address:
        assert address is None


def test_it_ends_with_a_process_that_is_killed(tmp_path: Path) -> None:
    """Given a server that is killed: its fake Stripe notices by itself."""
    program = (
        "import time, django; django.setup()\n"
        "from audio_api.process import demo_payments\n"
        "with demo_payments.beside('http://127.0.0.1:9') as address:\n"
        "    print(address, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        env={
            "DJANGO_SETTINGS_MODULE": "audiopod.settings",
            "DATA_DIR": str(tmp_path),
            "PYTHONPATH": str(django_settings.BASE_DIR),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    with parent.stdout:
        assert parent.stdout.readline().startswith("http://127.0.0.1:")
    [child] = psutil.Process(parent.pid).children()

    parent.kill()
    parent.wait()

    wait_until(lambda: not child.is_running(), seconds=15, what="the fake Stripe ends")


def test_the_command_starts_none_where_others_can_come(settings: Settings) -> None:
    class Listener:
        def getsockname(self) -> tuple[str, int]:
            return ("0.0.0.0", 8000)

    with run.Command()._payments(Listener(), "http://127.0.0.1:8000") as address:
        assert address is None
    assert not settings.DEMO_PAYMENTS
