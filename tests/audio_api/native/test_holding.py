"""Answers about open jobs are held until the job is over, on the event loop and within bounds."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from accounts.models import User
from accounts.services import create_api_key
from audio_api.jobs import detached, settlement
from audio_api.models import Job
from audio_api.native import holding
from audiopod.asgi import application
from tests.audio_api.native.cast import queued, running, succeeded

SDK = "audiopod-python/1.3.0"
AT_ONCE = 1.5
"""Seconds that an answer takes at most that is not held, on a busy machine."""


def asked(query: str = "", agent: str = "curl/8") -> int:
    request = APIRequestFactory().get(f"/jobs/1{query}", headers={"User-Agent": agent})
    return holding.seconds_asked(Request(request))


def test_audiopods_client_waits_and_others_say_that_they_do() -> None:
    assert asked(agent=SDK) == asked(agent="AudioPod-Node/2") == 10
    assert asked() == asked(agent="my-audiopod-wrapper") == asked(agent="") == 0
    assert (asked("?wait=7"), asked("?wait=30")) == (7, 30)
    assert (asked("?wait=0", agent=SDK), asked("?wait=3", agent=SDK)) == (0, 3)


@pytest.mark.parametrize("query", ["?wait=31", "?wait=-1", "?wait=x", "?wait="])
def test_a_wait_without_sense_is_refused(query: str) -> None:
    with pytest.raises(ValidationError):
        asked(query)


# --- over ASGI ------------------------------------------------------------------------------
class Client:
    """A connection that asks after a job, and then waits until it hangs up."""

    def __init__(self, token: str, path: str, *, query: str = "", agent: str = SDK) -> None:
        self.sent: list[Any] = []
        self.hung_up = asyncio.Event()
        self.asked = False
        headers = {"host": "localhost", "authorization": f"Bearer {token}", "user-agent": agent}
        self.scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
            "path": f"/api/v1{path}", "raw_path": b"", "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "server": ("localhost", 80), "client": ("127.0.0.1", 1),
        }  # fmt: skip

    async def receive(self) -> dict[str, Any]:
        if not self.asked:
            self.asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def answer(self) -> tuple[int, dict[str, Any], float]:
        """Status, body, and how many seconds it took."""
        began = time.monotonic()
        await application(self.scope, self.receive, self.send)
        body = b"".join(message.get("body", b"") for message in self.sent)
        return self.sent[0]["status"], json.loads(body), time.monotonic() - began


@pytest.fixture
def token(ada: User) -> str:
    return create_api_key(user=ada, name="a test")[1]


@pytest.fixture(autouse=True)
async def _no_request_is_left() -> Any:
    yield
    watch = holding._watches.get(asyncio.get_running_loop())
    assert watch is None or watch.held == 0


async def held(count: int) -> holding.Watch:
    """The watch of this test, as soon as it holds so many requests."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(20):
        while (watch := holding._watches.get(loop)) is None or watch.held < count:
            await asyncio.sleep(0.02)
    return watch


over_asgi = pytest.mark.django_db(transaction=True)


@over_asgi
async def test_an_answer_comes_the_moment_the_job_is_over(ada: User, token: str) -> None:
    job = await sync_to_async(running)(ada)
    asking = asyncio.create_task(Client(token, f"/jobs/{job.number}").answer())
    await held(1)
    await sync_to_async(settlement.succeed)(job, 1, audio_ms=5_000)
    settled = time.monotonic()
    status, body, seconds = await asking
    assert (status, body["status"], body["progress"]) == (200, "COMPLETED", 100)
    assert time.monotonic() - settled < holding.LOOK_SECONDS + AT_ONCE
    assert seconds < 10


@over_asgi
async def test_an_answer_comes_when_its_time_is_over(ada: User, token: str) -> None:
    job = await sync_to_async(queued)(ada)
    client = Client(token, f"/jobs/{job.number}", query="wait=1", agent="curl/8")
    status, body, seconds = await client.answer()
    assert (status, body["status"]) == (200, "PENDING")
    assert 1 <= seconds < 1 + 2 * AT_ONCE


@over_asgi
async def test_who_does_not_wait_is_answered_at_once(ada: User, token: str) -> None:
    job = await sync_to_async(queued)(ada)
    _, body, _ = await Client(token, f"/jobs/{job.number}", agent="curl/8").answer()
    assert body["status"] == "PENDING"
    done = await sync_to_async(succeeded)(ada)
    _, body, _ = await Client(token, f"/jobs/{done.number}").answer()
    assert body["status"] == "COMPLETED"
    assert asyncio.get_running_loop() not in holding._watches, "neither was held"


@over_asgi
async def test_a_job_that_is_deleted_meanwhile_is_not_there_any_more(ada: User, token: str) -> None:
    job = await sync_to_async(queued)(ada)
    asking = asyncio.create_task(Client(token, f"/jobs/{job.number}").answer())
    await held(1)
    await sync_to_async(detached.delete)(job)
    status, body, _ = await asking
    assert (status, body["error_code"]) == (404, "JOB_NOT_FOUND")


@over_asgi
async def test_many_who_wait_cost_one_query_at_a_time_and_no_thread(
    ada: User, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    over = holding._over
    monkeypatch.setattr(holding, "_over", lambda ids: looks.append(len(ids)) or over(ids))
    jobs = [await sync_to_async(queued)(ada) for _ in range(3)]
    asking = [
        asyncio.create_task(Client(token, f"/jobs/{job.number}").answer())
        for job in jobs
        for _ in range(4)
    ]
    watch = await held(12)
    looks.clear()
    began = time.monotonic()
    while len(looks) < 2:
        await asyncio.sleep(0.02)
    assert looks == [3, 3], "one query for all jobs"
    assert time.monotonic() - began > holding.LOOK_SECONDS
    assert watch.held == 12
    for job in jobs:
        await sync_to_async(detached.cancel)(job)
    assert {body["status"] for _, body, _ in await asyncio.gather(*asking)} == {"FAILED"}


@over_asgi
async def test_no_more_wait_than_may(ada: User, token: str, settings: Any) -> None:
    settings.MAX_HELD_ANSWERS = 1
    job = await sync_to_async(queued)(ada)
    first = asyncio.create_task(Client(token, f"/jobs/{job.number}").answer())
    await held(1)
    _, body, _ = await Client(token, f"/jobs/{job.number}").answer()
    assert body["status"] == "PENDING"
    assert not first.done(), "who was there first goes on waiting"
    await sync_to_async(detached.cancel)(job)
    await first


@over_asgi
async def test_a_client_that_leaves_is_not_waited_for(ada: User, token: str) -> None:
    job = await sync_to_async(queued)(ada)
    client = Client(token, f"/jobs/{job.number}")
    serving = asyncio.create_task(application(client.scope, client.receive, client.send))
    watch = await held(1)
    client.hung_up.set()
    async with asyncio.timeout(5):
        while watch.held:
            await asyncio.sleep(0.02)
        await serving
    assert client.sent == []
    job = await sync_to_async(Job.objects.get)(pk=job.pk)
    assert job.status == "queued", "the job goes on"


@over_asgi
async def test_a_database_that_is_away_is_asked_again(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await sync_to_async(queued)(ada)
    monkeypatch.setattr(holding, "LOOK_SECONDS", 0.01)
    over, answers = holding._over, iter([OSError("gone"), OSError("gone")])

    def sometimes(ids: Any) -> Any:
        if error := next(answers, None):
            raise error
        return over(ids)

    monkeypatch.setattr(holding, "_over", sometimes)
    await sync_to_async(detached.cancel)(job)
    began = time.monotonic()
    await holding.until_over(job.pk, 10)
    assert time.monotonic() - began < 5
    assert next(answers, None) is None
