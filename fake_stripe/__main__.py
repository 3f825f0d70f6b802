"""`python -m fake_stripe`: the command line.

The secrets may come from the environment, where `ps` shows them to nobody else.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from fake_stripe.api import Api
from fake_stripe.clock import Clock
from fake_stripe.control import Control
from fake_stripe.delivery import Delivery, Settings
from fake_stripe.faults import Faults
from fake_stripe.pages import Pages
from fake_stripe.server import Server
from fake_stripe.state import State

_KEYS = ("sk_test_", "sk_live_")
_SECRET_KEY, _WEBHOOK_SECRET = "FAKE_STRIPE_SECRET_KEY", "FAKE_STRIPE_WEBHOOK_SECRET"
_MAX_PORT = 65_535

Make = Callable[[str], tuple[State, Api, Control, Pages]]


def main() -> None:
    asked = _arguments()
    file: Path | None = asked.state
    parts: list[Delivery] = []

    def make(url: str) -> tuple[State, Api, Control, Pages]:
        live = asked.secret_key.startswith("sk_live_")
        state = State(livemode=live, public_url=(asked.public_url or url).rstrip("/"))
        if file and file.exists():
            _load(state, file)
        settings = Settings(
            webhook_urls=asked.webhook_url or [], webhook_secrets=asked.webhook_secret
        )
        delivery = Delivery(state, settings)
        parts.append(delivery)
        api = Api(state, Faults(), secret_key=asked.secret_key)
        control = Control(state, api, delivery)
        return state, api, control, Pages(state, control)

    port = asked.port or _port_before(file)
    server = _bound(port, make, file, or_any=not asked.port)
    _serve(server, parts[0], parent=asked.parent)


def _bound(port: int, make: Make, file: Path | None, *, or_any: bool) -> Server:
    """At the port, or at any that is free where that is taken and `or_any`."""
    if or_any:
        with suppress(OSError):
            return Server(port, make, file)
        port = 0
    return Server(port, make, file)


def _port_before(file: Path | None) -> int:
    """Where it listened the last time, so that the addresses it gave away stay good; else 0."""
    try:
        port = json.loads(file.read_text())["port"] if file else 0
    except (OSError, ValueError, KeyError, TypeError):  # an unreadable one is told by `_load`
        return 0
    return port if isinstance(port, int) and 0 <= port <= _MAX_PORT else 0


def _load(state: State, file: Path) -> None:
    try:
        state.load(file)
    except (OSError, ValueError, AttributeError, TypeError) as error:
        sys.exit(f"{file} cannot be read ({error}): move it away to start afresh.")


def _serve(server: Server, delivery: Delivery, *, parent: int | None) -> None:
    """Until SIGTERM, Ctrl-C, or the end of the parent."""

    def stop() -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
    delivery.start()
    clock = Clock(server.state, parent=parent, on_orphaned=stop)
    clock.start()
    sys.stdout.write(f"listening at {server.url}\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.05)
    clock.stop()
    server.save()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m fake_stripe", description="A fake Stripe: no money moves."
    )
    parser.add_argument("--port", type=int, default=0, help="0: that of the state file, or any")
    parser.add_argument("--secret-key", help=f"sk_test_… or sk_live_…; better in {_SECRET_KEY}")
    parser.add_argument(
        "--webhook-url", action="append", metavar="URL", help="where events go; several take turns"
    )
    parser.add_argument(
        "--webhook-secret",
        action="append",
        metavar="whsec_…",
        help=f"signs; several sign each; better in {_WEBHOOK_SECRET}",
    )
    parser.add_argument("--state", type=Path, metavar="FILE", help="outlives the process")
    parser.add_argument("--public-url", metavar="URL", help="where a browser finds the pages")
    parser.add_argument("--parent", type=int, metavar="PID", help="end when that process does")
    asked = parser.parse_args()
    asked.secret_key = asked.secret_key or os.environ.get(_SECRET_KEY, "")
    asked.webhook_secret = asked.webhook_secret or os.environ.get(_WEBHOOK_SECRET, "").split()
    if not asked.secret_key.startswith(_KEYS):
        parser.error("--secret-key begins with sk_test_ or sk_live_")
    if asked.webhook_url and not asked.webhook_secret:
        parser.error("--webhook-url needs a --webhook-secret to sign with")
    return asked


if __name__ == "__main__":
    main()
