"""Many requests at once, of every fate: what was credited is settled, held or left, and nobody
pays for a request that failed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import Any

import httpx
import pytest

from audiopod.common.money import cost_micros
from tests.faults.conftest import PCM_BYTES_PER_MS, speech
from tests.harness.account import Account
from tests.harness.server import Server

CREDIT = 60_000
"""Micro-dollars: seven holds at a time, and a speech costs less than half of its hold."""
BUDGET = 20_000
REFUSALS = {"insufficient_quota", "budget_exceeded"}
PRICE = 40_000
"""Micro-dollars per minute of generated audio."""
PATIENCE_SECONDS = 90
CROWD = 16


@dataclass(frozen=True)
class Fate:
    """What a client saw of its request. request_id: "" when it left before there was one."""

    what: str
    request_id: str = ""
    status: int = 0
    is_whole: bool = False
    received: int = 0
    refusal: str = ""
    """The code of an error."""


Request = Callable[[Account], Fate]


def say(voice: str, *, until_bytes: int | None = None) -> Request:
    """One speech; its client hangs up when it has so much."""

    def ask(account: Account) -> Fate:
        received, is_whole = 0, False
        with (
            account.http() as client,
            client.stream("POST", "/audio/speech", json=speech(voice)) as answer,
        ):
            if answer.status_code != 200:
                answer.read()
                return _fate(voice, answer, False, 0)
            try:
                for piece in answer.iter_raw():
                    received += len(piece)
                    if until_bytes is not None and received >= until_bytes:
                        break
                else:
                    is_whole = True
            except httpx.RemoteProtocolError:
                pass  # cut
        return _fate(voice, answer, is_whole, received)

    return ask


def leave_at_once(account: Account) -> Fate:
    with account.http() as client:
        try:
            answer = client.post("/audio/speech", json=speech("late"), timeout=0.8)
        except httpx.ReadTimeout:
            return Fate("left")
    return _fate("left", answer, answer.status_code == 200, len(answer.content))


def transcribe(account: Account) -> Fate:
    form = {"model": "whisper-1"}
    with account.http() as client:
        answer = client.post("/audio/transcriptions", data=form, files={"file": NOISE})
    return _fate("transcribed", answer, answer.status_code == 200, 0)


def _fate(what: str, answer: httpx.Response, is_whole: bool, received: int) -> Fate:
    request_id, status = answer.headers["x-request-id"], answer.status_code
    refusal = answer.json()["error"]["code"] if status != 200 else ""
    return Fate(what, request_id, status, is_whole, received, refusal or "")


def _wave(seconds: int) -> bytes:
    """Mono, 16 kHz, of noise: something to hear, quickly."""
    samples = random.Random(1).randbytes(seconds * 16_000 * 2)
    head = b"RIFF" + (36 + len(samples)).to_bytes(4, "little") + b"WAVEfmt "
    form = (16, 4), (1, 2), (1, 2), (16_000, 4), (32_000, 4), (2, 2), (16, 2)
    fields = b"".join(value.to_bytes(size, "little") for value, size in form)
    return head + fields + b"data" + len(samples).to_bytes(4, "little") + samples


NOISE = _wave(2)
CROWDS: list[tuple[int, Request]] = [
    (12, say("tone")),
    (4, say("faulty-before")),
    (4, say("faulty-after")),
    (3, say("slow", until_bytes=500 * PCM_BYTES_PER_MS)),
    (3, leave_at_once),
    (2, transcribe),
]


@pytest.fixture
def poor(shaky: Server) -> Account:
    return shaky.account(credit=f"{CREDIT / 1_000_000:.2f}")


@pytest.mark.who_pays("it is refused")
def test_nobody_pays_for_what_failed(shaky: Server, poor: Account) -> None:
    """Half of the requests by a key that may spend less than a third of it."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    limited = with_budget(poor, BUDGET)
    asked = [*chain.from_iterable(repeat(request, times) for times, request in CROWDS)]
    random.Random(seed).shuffle(asked)

    with ThreadPoolExecutor(CROWD) as crowd:
        fates = list(crowd.map(lambda n, ask: ask([poor, limited][n % 2]), range(99), asked))

    left = poor.settled_balance(seconds=PATIENCE_SECONDS)
    jobs = jobs_of(shaky, poor)
    print(Counter((fate.what, fate.status, fate.is_whole, fate.refusal) for fate in fates))
    assert sum(job["cost_micros"] for job in jobs.values()) + left == CREDIT
    for fate in fates:
        if fate.request_id:
            judge(fate, jobs.pop(fate.request_id, None))
    assert {(job["status"], job["cost_micros"]) for job in jobs.values()} <= {("cancelled", 0)}
    assert spent_by_newest_key(shaky, poor) <= BUDGET
    refusals = {fate.refusal for fate in fates if fate.status == 429}
    assert refusals, "nobody was refused: there was money for all"
    assert refusals <= REFUSALS
    shaky.audit()


def judge(fate: Fate, job: dict[str, Any] | None) -> None:
    """What a request cost is what its client got."""
    if fate.status != 200:
        assert job is None or (job["status"], job["cost_micros"]) == ("failed", 0), (fate, job)
        return
    assert job is not None, fate
    if fate.what == "transcribed":
        assert (job["status"], job["audio_ms"]) == ("succeeded", 2_000), (fate, job)
    elif fate.is_whole:
        whole = cost_micros(fate.received // PCM_BYTES_PER_MS, PRICE)
        assert (job["status"], job["cost_micros"]) == ("succeeded", whole), (fate, job)
    elif fate.what == "faulty-after":
        assert (job["status"], job["cost_micros"]) == ("failed", 0), (fate, job)
    else:
        assert job["status"] == "cancelled", (fate, job)
        assert job["cost_micros"] == cost_micros(job["audio_ms"], PRICE)


def with_budget(account: Account, micros: int) -> Account:
    """The same account, by a key that may spend so much in all."""
    asked = {"name": "limited", "total_limit_usd": f"{micros / 1_000_000:.6f}"}
    with account.http() as client:
        answer = client.post("/auth/api-keys", json=asked)
    assert answer.status_code == 201, answer.text
    return replace(account, key=answer.json()["api_key"])


def jobs_of(server: Server, account: Account) -> dict[str, dict[str, Any]]:
    """By the id of their request."""
    found = server.rows(
        "SELECT job.* FROM audio_api_job job JOIN accounts_user u ON u.id = job.user_id"
        f" WHERE u.email = '{account.email}'"
    )
    return {job["request_id"]: job for job in found}


def spent_by_newest_key(server: Server, account: Account) -> int:
    """Micro-dollars that the last key of an account has cost, as its jobs say."""
    found = server.rows(
        "SELECT sum(job.cost_micros) AS spent FROM audio_api_job job"
        " JOIN accounts_user u ON u.id = job.user_id"
        f" WHERE u.email = '{account.email}' GROUP BY job.api_key_id ORDER BY job.api_key_id"
    )
    assert len(found) == 2
    return int(found[-1]["spent"])
