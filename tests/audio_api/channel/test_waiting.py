"""Requests that wait for a worker wait on the event loop."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import override_settings

from accounts.models import User
from accounts.services import create_api_key
from audio_api import channel
from audio_api.jobs import attempts, start
from audio_api.models import Job
from audiopod.asgi import application
from tests.wallet.cast import fund
from voices.models import VoiceProfile

pytestmark = [pytest.mark.django_db(transaction=True)]

WAITING = 60
BODY = json.dumps({"model": "tts-1", "input": "hello", "voice": "somebody"}).encode()


def _prepared() -> str:
    user = User.objects.create_user("waiting@example.com")
    fund(user, 50_000_000)
    VoiceProfile.objects.create(
        name="somebody", display_name="Somebody", engine="none", engine_voice="x",
        language="en-US", is_installed=True,
    )  # fmt: skip
    return create_api_key(user=user, name="test")[1]


class Client:
    """One connection that asks for speech and then only waits, until it hangs up."""

    def __init__(self, token: str) -> None:
        self.sent: list[Any] = []
        self.hung_up = asyncio.Event()
        self.asked = False
        headers = [(b"authorization", f"Bearer {token}".encode()),
                   (b"content-type", b"application/json"),
                   (b"content-length", str(len(BODY)).encode())]  # fmt: skip
        self.scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
            "path": "/api/v1/audio/speech", "raw_path": b"", "query_string": b"",
            "headers": [(b"host", b"localhost"), *headers], "server": ("localhost", 80),
            "client": ("127.0.0.1", 1),
        }  # fmt: skip

    async def receive(self) -> dict[str, Any]:
        if not self.asked:
            self.asked = True
            return {"type": "http.request", "body": BODY, "more_body": False}
        await self.hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def run(self) -> None:
        await application(self.scope, self.receive, self.send)


async def test_who_leaves_while_the_job_is_being_started_is_known_to_have_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is slow, the client is not: the job comes to be after it has gone."""
    begun = threading.Event()
    save = start._hold_and_save

    def slow_save(job: Job) -> None:
        begun.set()
        time.sleep(0.5)
        save(job)

    monkeypatch.setattr(start, "_hold_and_save", slow_save)
    with override_settings(MEDIA_ROOT=tmp_path, REDIS_URL=""):
        client = Client(await sync_to_async(_prepared)())
        task = asyncio.create_task(client.run())
        while not begun.is_set():
            await asyncio.sleep(0.01)
        client.hung_up.set()
        await asyncio.wait_for(task, 30)
        while not await Job.objects.aexists():
            await asyncio.sleep(0.05)
        job = await Job.objects.aget()
        assert channel.open_writer(job.id).cancelled()
        await sync_to_async(attempts.run)(job.id)
        await job.arefresh_from_db()
        assert (job.status, job.cost_micros) == ("cancelled", 0)


async def test_many_waiting_requests_are_not_many_threads(tmp_path: Path) -> None:
    with override_settings(MEDIA_ROOT=tmp_path, REDIS_URL=""):
        token = await sync_to_async(_prepared)()
        before = threading.active_count()
        clients = [Client(token) for _ in range(WAITING)]
        tasks = [asyncio.create_task(client.run()) for client in clients]
        while await Job.objects.acount() < WAITING:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
        assert not any(client.sent for client in clients), "no worker runs: all of them wait"
        assert threading.active_count() - before < WAITING / 3
        for client in clients:
            client.hung_up.set()
        await asyncio.wait_for(asyncio.gather(*tasks), 30)
        assert not any(client.sent for client in clients), "nobody is there to be answered"
