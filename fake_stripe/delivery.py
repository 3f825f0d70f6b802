"""Sends events to webhooks, signed, again and again until they are taken."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from fake_stripe.account import fits
from fake_stripe.state import Obj, State

_BACK_OFF_SECONDS = (0.2, 0.5, 1, 2, 5, 10)
_PATIENCE_SECONDS = 20
_SHUFFLE_SECONDS = 0.2
_SENDERS = 8
_LOGGED = 10_000


@dataclass
class Settings:
    """`senders` is how many deliveries may be under way at once; one keeps them in order."""

    deliver: str = "on"
    duplicate: int = 1
    shuffle: bool = False
    senders: int = 1
    max_attempts: int = 16
    webhook_urls: list[str] = field(default_factory=list)
    webhook_secrets: list[str] = field(default_factory=list)


def signature(payload: bytes, secrets: list[str], *, at: int) -> str:
    """The `Stripe-Signature` header; several secrets while one is replaced by the next."""
    signed = f"{at}.".encode() + payload
    made = [hmac.new(one.encode(), signed, hashlib.sha256).hexdigest() for one in secrets]
    return ",".join([f"t={at}", *(f"v1={one}" for one in made)])


class Delivery:
    """`state.pending` is what is to be delivered or under way, and when each is due."""

    def __init__(self, state: State, settings: Settings) -> None:
        self.state, self.settings = state, settings
        self.log: list[Obj] = []
        self._active = self._turn = self._generation = 0
        state.on_event = self.announce

    def start(self) -> None:
        for _ in range(_SENDERS):
            threading.Thread(target=self._work, daemon=True).start()

    def clear(self) -> None:
        """Forget what is outstanding; what is under way is not tried again."""
        with self.state.lock:
            self._generation += 1
            self.log.clear()
            self.state.pending.clear()

    # --- what is to be sent -----------------------------------------------------------------
    def announce(self, event: Obj) -> None:
        if self.settings.deliver == "off":
            event["pending_webhooks"] = 0
            return
        self.send(event, times=self.settings.duplicate)

    def send(self, event: Obj, *, times: int = 1, **twists: Any) -> None:
        """`twists`: secret, age_seconds, tamper, once: how this delivery is to be wrong."""
        payload = json.dumps(event, indent=2)
        with self.state.lock:
            for target in self._targets(event) * times:
                late = random.uniform(0, _SHUFFLE_SECONDS) if self.settings.shuffle else 0  # noqa: S311
                job = {"event": event["id"], "type": event["type"], "payload": payload}
                job |= {"due": time.time() + late, "attempt": 0, **target, **twists}
                self.state.pending.append(job)
            self.state.changed.notify_all()

    def _targets(self, event: Obj) -> list[Obj]:
        """The webhooks of the command line share one delivery, in turn; others get their own."""
        shared: list[Obj] = [{"url": None, "endpoint": None}] if self.settings.webhook_urls else []
        own = [
            {"url": endpoint["url"], "endpoint": endpoint["id"]}
            for endpoint in self.state.of_kind("webhook_endpoint")
            if any(fits(event["type"], pattern) for pattern in endpoint["enabled_events"])
        ]
        return shared + own

    # --- sending ----------------------------------------------------------------------------
    def _work(self) -> None:
        while True:
            with self.state.lock:
                job = self._next()
                while job is None:
                    self.state.changed.wait(self._until_due())
                    job = self._next()
                generation = self._generation
            status = self._post(job)
            with self.state.lock:
                self._active -= 1
                if generation == self._generation:
                    self._finish(job, status)
                self.state.changed.notify_all()

    def _next(self) -> Obj | None:
        if self.settings.deliver == "hold" or self._active >= self.settings.senders:
            return None
        due = [job for job in self._waiting() if job["due"] <= time.time()]
        if not due:
            return None
        job = min(due, key=lambda job: float(job["due"]))
        job["under_way"] = True
        self._active += 1
        return job

    def _waiting(self) -> list[Obj]:
        return [job for job in self.state.pending if not job.get("under_way")]

    def _until_due(self) -> float | None:
        if self.settings.deliver == "hold" or self._active >= self.settings.senders:
            return None
        nearest = min((job["due"] for job in self._waiting()), default=None)
        return None if nearest is None else max(nearest - time.time(), 0.001)

    def _post(self, job: Obj) -> int | str:
        """The status of the answer, or what went wrong."""
        payload = job["payload"].encode()
        at = int(time.time()) - job.get("age_seconds", 0)
        secrets = [job["secret"]] if job.get("secret") else self._secrets(job)
        headers = {"Stripe-Signature": signature(payload, secrets, at=at)}
        headers |= {"Content-Type": "application/json; charset=utf-8"}
        headers |= {"User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)"}
        if job.get("tamper"):
            payload = payload.replace(b'"livemode"', b'"livemode" ', 1)
        job["to"] = job["url"] or self._next_url()
        try:
            return _post(job["to"], payload, headers)
        except (OSError, HTTPException, ValueError) as error:
            return repr(error)

    def _secrets(self, job: Obj) -> list[str]:
        if job["endpoint"] is None:
            return self.settings.webhook_secrets
        return [self.state.notes.get(job["endpoint"], {}).get("secret", "whsec_deleted")]

    def _next_url(self) -> str:
        with self.state.lock:
            self._turn += 1
            urls = self.settings.webhook_urls
            return urls[self._turn % len(urls)] if urls else ""

    def _finish(self, job: Obj, status: int | str) -> None:
        taken = isinstance(status, int) and 200 <= status < 300
        job["attempt"] += 1
        kept = ("event", "type", "to", "attempt")
        self.log.append({name: job[name] for name in kept} | {"status": status, "at": time.time()})
        del self.log[:-_LOGGED]
        self.state.touched = True
        event = self.state.objects.get(job["event"])
        if taken and event:
            event["pending_webhooks"] = 0
        if not taken and not job.get("once") and job["attempt"] < self.settings.max_attempts:
            wait = _BACK_OFF_SECONDS[min(job["attempt"], len(_BACK_OFF_SECONDS)) - 1]
            job |= {"due": time.time() + wait, "under_way": False}
        else:
            self.state.pending = [one for one in self.state.pending if one is not job]


def _post(url: str, payload: bytes, headers: dict[str, str]) -> int:
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_PATIENCE_SECONDS)
    try:
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request("POST", path, body=payload, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()
