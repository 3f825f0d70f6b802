"""The fake Stripe as a process of its own, the hands of a test on it, and a webhook receiver."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from stripe import RequestsClient, SignatureVerificationError, StripeClient, Webhook

from tests.harness.programs import Program, wait_until

Obj = dict[str, Any]
SECRET_KEY = "sk_test_pretendpretendpretend"
WEBHOOK_SECRET = "whsec_pretendpretendpretend"
_LISTENING = "listening at "


class FakeStripe:
    """One process, started on a port of its own. Its events go nowhere until `webhook_url` is set:
    by the constructor or by `config(webhook_url=…)`."""

    def __init__(
        self,
        folder: Path,
        *,
        webhook_url: str = "",
        secret_key: str = SECRET_KEY,
        webhook_secret: str = WEBHOOK_SECRET,
        options: tuple[str, ...] = (),
    ) -> None:
        self.secret_key, self.webhook_secret = secret_key, webhook_secret
        args = [sys.executable, "-m", "fake_stripe", "--secret-key", secret_key]
        args += ["--webhook-secret", webhook_secret, "--parent", str(os.getpid()), *options]
        args += ["--webhook-url", webhook_url] if webhook_url else []
        folder.mkdir(parents=True, exist_ok=True)
        self.program = Program("pretend-stripe", args, env=os.environ, folder=folder)
        self.url = ""
        self._hands = httpx.Client(timeout=10)

    def start(self) -> None:
        already = len(self.program.said())
        self.program.start()
        wait_until(lambda: _LISTENING in self._said(already), seconds=20, what=_LISTENING)
        line = next(line for line in self._said(already).splitlines() if _LISTENING in line)
        self.url = line.removeprefix(_LISTENING)

    def _said(self, already: int) -> str:
        assert self.program.running, f"the fake Stripe ended:\n{self.program.said()[-3000:]}"
        said = self.program.said()[already:]
        return said if said.endswith("\n") else ""

    def stop(self) -> None:
        self.program.stop()

    def close(self) -> None:
        """No hand is on it any more."""
        self._hands.close()

    @property
    def env(self) -> dict[str, str]:
        """What a server needs in its environment to take payments here."""
        return {
            "STRIPE_SECRET_KEY": self.secret_key,
            "STRIPE_API_BASE": self.url,
            "STRIPE_WEBHOOK_SECRETS": self.webhook_secret,
        }

    # --- as a client of Stripe --------------------------------------------------------------
    def client(self, *, retries: int = 0, key: str = "", timeout: float = 10) -> StripeClient:
        """The real SDK, pointed here."""
        return StripeClient(
            key or self.secret_key,
            base_addresses={"api": self.url},
            max_network_retries=retries,
            http_client=RequestsClient(timeout=timeout),
        )

    # --- as the customer --------------------------------------------------------------------
    def pay(self, session: str, card: str = "pm_card_visa") -> Obj:
        """The session afterwards; one that stayed open tells why on its payment intent."""
        return self._post("pay", session=session, card=card)

    def authenticate(self, payment_intent: str, outcome: str = "succeeded") -> Obj:
        """Answer the bank's question: "succeeded" or "failed"."""
        return self._post("authenticate", payment_intent=payment_intent, outcome=outcome)

    # --- as the bank, and as Stripe's dashboard ---------------------------------------------
    def settle(self, session: str, outcome: str = "succeeded") -> Obj:
        """A bank payment arrives, or fails."""
        return self._post("settle", session=session, outcome=outcome)

    def expire(self, session: str) -> Obj:
        return self._post("expire", session=session)

    def refund(self, payment_intent: str, **fields: Any) -> Obj:
        """`fields`: amount (cents), reason, status."""
        return self._post("refund", payment_intent=payment_intent, **fields)

    def refund_status(self, refund: str, status: str) -> Obj:
        """Later news of a refund: "succeeded", "failed" or "canceled"."""
        return self._post("refund_status", refund=refund, status=status)

    def dispute(
        self,
        payment_intent: str,
        *,
        amount: int | None = None,
        status: str = "needs_response",
        **fields: Any,
    ) -> Obj:
        """Opens a dispute ("warning_needs_response": an inquiry), or moves the open one on to
        "won", "lost", "warning_closed", or from an inquiry to "needs_response"."""
        said = {"payment_intent": payment_intent, "amount": amount, "status": status}
        return self._post("dispute", **said, **fields)

    # --- the network ------------------------------------------------------------------------
    def resend(self, event: str = "all", *, times: int = 1, **twists: Any) -> int:
        """Deliver events again; how many. `twists`: secret, age_seconds, tamper, once."""
        resent: int = self._post("resend", event=event, times=times, **twists)["resent"]
        return resent

    def config(self, **settings: Any) -> Obj:
        """webhook_url(s), webhook_secret(s), deliver (on, off, hold), duplicate, shuffle, senders,
        max_attempts, latency_ms, tax_percent, settle_seconds, and
        fail_next={method?, path_prefix?, status, times?}: status is a number, "hang", "timeout"
        or "drop_after_commit"."""
        return self._post("config", **settings)

    def reset(self) -> None:
        self._post("reset")

    # --- what it saw ------------------------------------------------------------------------
    def requests(self, path_prefix: str = "", *, method: str = "") -> list[Obj]:
        """What clients asked: method, path, params, idempotency_key, status, replayed, fate."""
        asked: list[Obj] = self._get("requests")["requests"]
        return [
            one
            for one in asked
            if one["path"].startswith(path_prefix) and method in ("", one["method"])
        ]

    def deliveries(self, type_: str = "") -> list[Obj]:
        """Each attempt to deliver: event, type, to, attempt, status."""
        done: list[Obj] = self._get("deliveries")["done"]
        return [one for one in done if type_ in ("", one["type"])]

    def events(self, type_: str = "") -> list[Obj]:
        """The events so far, oldest first."""
        return [one for one in self.objects("event") if type_ in ("", one["type"])]

    def objects(self, kind: str) -> list[Obj]:
        """All objects of a kind ("charge", "refund" …), oldest first."""
        return [one for one in self.state()["objects"].values() if one["object"] == kind]

    def state(self) -> Obj:
        return self._get("state")

    def wait_delivered(self, seconds: float = 10) -> None:
        """Until no event waits for its delivery."""
        wait_until(
            lambda: self._get("deliveries")["outstanding"] == 0,
            seconds=seconds,
            every=0.02,
            what="every event is delivered",
        )

    def _get(self, name: str) -> Obj:
        return self._answered(self._hands.get(f"{self.url}/_fake/{name}"))

    def _post(self, name: str, **body: Any) -> Obj:
        return self._answered(self._hands.post(f"{self.url}/_fake/{name}", json=body))

    @staticmethod
    def _answered(answer: httpx.Response) -> Obj:
        assert answer.status_code == 200, answer.text
        body: Obj = answer.json()
        return body


@contextmanager
def fake_stripe_at(folder: Path, **options: Any) -> Iterator[FakeStripe]:
    process = FakeStripe(folder, **options)
    process.start()
    try:
        yield process
    finally:
        if process.program.running:
            process.stop()
        process.close()


class WebhookReceiver:
    """Takes events: verified by the SDK and kept in `events`, answered by `answer(event)`."""

    def __init__(self, secret: str = WEBHOOK_SECRET) -> None:
        self.secret = secret
        self.events: list[Obj] = []
        self.refused: list[str] = []
        self.answer: Callable[[Obj], int] = lambda event: 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.take(body, self.headers["Stripe-Signature"]))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/webhooks/stripe"

    def take(self, body: bytes, signature: str) -> int:
        try:
            Webhook.construct_event(body, signature, self.secret)
        except (ValueError, SignatureVerificationError) as error:
            self.refused.append(str(error))
            return 400
        event: Obj = json.loads(body)
        self.events.append(event)
        return self.answer(event)

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def __enter__(self) -> WebhookReceiver:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
