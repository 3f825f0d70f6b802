"""A running server and one request to it, timed from outside and by the job's own moments."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from tests.harness.account import Account
from tests.harness.postgres import Postgres
from tests.harness.server import Server, installation


@dataclass(frozen=True)
class Timing:
    """Seconds since the request was sent."""

    job_made: float
    """Authenticated, validated (an upload: decoded), paid for."""
    work_began: float
    first_byte: float
    total: float
    settled: float
    """The job's last state and its price are in the database."""


@dataclass(frozen=True)
class Served:
    """A mode of the server and one client of it, over one connection that is kept open."""

    name: str
    server: Server
    account: Account
    client: httpx.Client

    def speak(self, text: str, voice: str = "nova") -> Timing:
        body = {"model": "tts-1", "voice": voice, "input": text, "response_format": "mp3"}
        return self._timed(self.client.build_request("POST", "/audio/speech", json=body))

    def transcribe(self, audio: bytes) -> Timing:
        request = self.client.build_request(
            "POST",
            "/audio/transcriptions",
            data={"model": "whisper-1"},
            files={"file": ("a.mp3", audio)},
        )
        return self._timed(request)

    def _timed(self, request: httpx.Request) -> Timing:
        sent_at, began = time.time(), time.perf_counter()
        answer = self.client.send(request, stream=True)
        pieces = answer.iter_raw()
        body = next(pieces)
        first = time.perf_counter() - began
        body += b"".join(pieces)
        total = time.perf_counter() - began
        if answer.status_code != httpx.codes.OK:
            said = f"{answer.status_code}: {body.decode()}"
            raise RuntimeError(f"The server answered {said}\n{self.server.log}")
        job = self.server.wait_for_job(self.account, "succeeded")
        return Timing(
            job_made=_moment(job["created_at"]) - sent_at,
            work_began=_moment(job["started_at"]) - sent_at,
            first_byte=first,
            total=total,
            settled=_moment(job["finished_at"]) - sent_at,
        )


@contextmanager
def served(
    name: str, folder: Path, models_dir: Path, cluster: Postgres | None = None
) -> Iterator[Served]:
    with installation(folder, models_dir=models_dir, postgres=cluster) as server:
        account = server.account()
        with account.http() as client:
            yield Served(name, server, account, client)


def _moment(value: Any) -> float:
    """SQLite keeps moments as text without a zone, in UTC."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
