"""A client of a running server: one key and the money behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import httpx
from openai import OpenAI

from tests.harness.programs import wait_until

KEY_SHAPE = re.compile(r"ap_[0-9A-Za-z]{38}")
REQUEST_SECONDS = 120


@dataclass(frozen=True)
class Account:
    """Sees and does what a client can, over HTTP."""

    api: str
    email: str
    key: str

    def __post_init__(self) -> None:
        assert KEY_SHAPE.fullmatch(self.key), f"not a key alone on stdout: {self.key!r}"

    def sdk(self, *, max_retries: int = 0) -> OpenAI:
        """OpenAI's client. Use it as a context manager, so that it closes its connections."""
        return OpenAI(
            api_key=self.key, base_url=self.api, max_retries=max_retries, timeout=REQUEST_SECONDS
        )

    def http(self) -> httpx.Client:
        """A plain client that sends the key."""
        headers = {"Authorization": f"Bearer {self.key}"}
        # There is no TLS here, and loading certificates costs a client more than its request.
        return httpx.Client(
            base_url=self.api, headers=headers, timeout=REQUEST_SECONDS, verify=False
        )

    def balance(self) -> dict[str, Any]:
        with self.http() as client:
            answer = client.get("/api-wallet/balance")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def balance_micros(self) -> int:
        return int(self.balance()["balance_micros"])

    def held_micros(self) -> int:
        return int(self.balance()["held_micros"])

    def settled_balance(self, *, seconds: float = 15) -> int:
        """Micro-dollars, once no hold is open any more: the worker settles, not the web process."""
        wait_until(
            lambda: self.held_micros() == 0,
            seconds=seconds,
            what=f"no hold of {self.email} is open",
        )
        return self.balance_micros()
