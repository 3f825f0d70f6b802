"""Payments for a newcomer: a fake Stripe beside the server, where there is no real one."""

from __future__ import annotations

import ipaddress
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.crypto import salted_hmac

START_SECONDS = 20.0
STOP_SECONDS = 5.0
LISTENING = "listening at "


def are_wanted(host: str) -> bool:
    """Only where nobody else can come, and only without any key: `host` is what is listened at."""
    configured = (
        settings.STRIPE_SECRET_KEY
        or settings.STRIPE_PUBLISHABLE_KEY
        or settings.STRIPE_WEBHOOK_SECRETS
        or settings.STRIPE_API_BASE
    )
    public = urlsplit(settings.PUBLIC_URL).hostname or ""
    hosts = [host, public, *settings.ALLOWED_HOSTS]
    return not configured and all(map(_is_this_machine, hosts))


def _is_this_machine(host: str) -> bool:
    name = host.strip("[]")
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@contextmanager
def beside(server_url: str) -> Iterator[str | None]:
    """Run a fake Stripe that tells the server at `server_url` of payments, as its provider.

    Gives its address, or None where it did not start: then top-ups stay not configured. It ends
    with us, even when we are killed.
    """
    secret_key, webhook_secret = f"sk_test_{_secret('key')}", f"whsec_{_secret('webhook')}"
    process = _started(server_url, secret_key, webhook_secret)
    try:
        address = _address_of(process)
        if address:
            settings.STRIPE_SECRET_KEY = secret_key
            settings.STRIPE_WEBHOOK_SECRETS = [webhook_secret]
            settings.STRIPE_API_BASE = address
            settings.DEMO_PAYMENTS = True
        yield address
    finally:
        _end(process)


def _secret(of: str) -> str:
    """Random for each installation, the same at each start."""
    return salted_hmac("audio_api.process.demo_payments", of, algorithm="sha256").hexdigest()


def _started(server_url: str, secret_key: str, webhook_secret: str) -> subprocess.Popen[str]:
    options = {
        "webhook-url": f"{server_url}/webhooks/stripe",
        "state": str(settings.DATA_DIR / "pretend_stripe.json"),
        "parent": str(os.getpid()),
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    secrets = {  # not among the words: `ps` shows those to everybody
        "FAKE_STRIPE_SECRET_KEY": secret_key,
        "FAKE_STRIPE_WEBHOOK_SECRET": webhook_secret,
    }
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "fake_stripe", *words],
        cwd=settings.BASE_DIR,
        env=os.environ | secrets,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for us, and we end it
    )


def _address_of(process: subprocess.Popen[str]) -> str | None:
    """What it says when it listens; None when it ends before, or says nothing in time."""
    assert process.stdout is not None  # noqa: S101 - for the type checker
    if not select.select([process.stdout], [], [], START_SECONDS)[0]:
        return None
    line = process.stdout.readline().strip()
    return line.removeprefix(LISTENING) if line.startswith(LISTENING) else None


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
