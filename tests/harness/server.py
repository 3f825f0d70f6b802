"""AudioPod itself as a user runs it: real processes, real commands, real HTTP.

Two modes. *Embedded*: one process, SQLite. *Grown up*: PostgreSQL, Redis, and the engines in a
worker process of their own.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import httpx
import psycopg
from psycopg.rows import dict_row

from tests.harness.account import Account
from tests.harness.commands import Commands
from tests.harness.postgres import Postgres
from tests.harness.programs import ROOT, Program, free_port, wait_until
from tests.harness.redis import Redis

Mode = Literal["embedded", "grown-up"]
MODES: tuple[Mode, ...] = ("embedded", "grown-up")

READY_SECONDS = 120
"""Loading and self-testing every engine on a busy machine of two cores."""

QUIET_SETTINGS = ("DATABASE_URL", "REDIS_URL", "MEDIA", "S3_BUCKET", "PORT", "HOST", "SECRET_KEY")
"""Settings of whoever runs the tests that must not reach the servers under test."""

NO_PAYMENTS = {
    "STRIPE_SECRET_KEY": "",
    "STRIPE_PUBLISHABLE_KEY": "",
    "STRIPE_WEBHOOK_SECRETS": "",
    "STRIPE_API_BASE": "",
}
"""Set and empty, so that no `.env` says otherwise: no test ever asks Stripe itself."""


class Server:
    """One installation: its data folder, its database, its processes."""

    def __init__(
        self,
        folder: Path,
        *,
        models_dir: Path,
        database_url: str = "",
        redis: Redis | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.mode: Mode = "grown-up" if redis else "embedded"
        self.redis, self.database_url = redis, database_url
        self.data_dir = folder / "data"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.api = f"{self.url}/api/v1"
        self.env = {name: value for name, value in os.environ.items() if name not in QUIET_SETTINGS}
        self.env |= {"DATA_DIR": str(self.data_dir), "MODELS_DIR": str(models_dir)}
        self.env |= NO_PAYMENTS
        self.env |= {"PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "audiopod.settings"}
        if redis:
            self.env |= {"DATABASE_URL": database_url, "REDIS_URL": redis.url}
        self.env |= env or {}
        self._commands = Commands(self.env)
        self.web = Program("web", self._web_args(), env=self.env, folder=folder)
        self.worker: Program | None = None
        if redis:
            self.worker = Program("worker", self._worker_args(), env=self.env, folder=folder)
        folder.mkdir(parents=True, exist_ok=True)

    # --- its processes ----------------------------------------------------------------------
    def set_up(self) -> None:
        """Prepare the installation by the commands that its operator would type."""
        self.manage("migrate", "--verbosity", "0")
        self.manage("seed_voices")

    def start(self) -> None:
        for program in filter(None, (self.worker, self.web)):
            program.start()
        self.wait_ready()

    def wait_ready(self) -> None:
        try:
            what = f"{self.url}/readyz answers 200"
            wait_until(self._ready, seconds=READY_SECONDS, every=0.2, what=what)
        except TimeoutError as error:
            raise AssertionError(f"{error}\n{self.answer_of_readyz()}\n{self.log}") from error

    def stop(self) -> None:
        for program in filter(None, (self.web, self.worker)):
            program.stop()
        self._commands.close()

    @property
    def log(self) -> str:
        """The end of what its processes wrote, without the questions whether they are ready."""
        parts = []
        for program in filter(None, (self.web, self.worker)):
            lines = [line for line in program.said().splitlines() if "/readyz" not in line]
            parts += [f"--- {program.name} ---", *lines[-100:]]
        return "\n".join(parts)

    def answer_of_readyz(self) -> str:
        try:
            answer = httpx.get(f"{self.url}/readyz", timeout=10, verify=False)
        except httpx.HTTPError as error:
            return repr(error)
        return f"{answer.status_code} {answer.text}"

    def _ready(self) -> bool:
        for program in filter(None, (self.web, self.worker)):
            assert program.running, f"{program.name} ended by itself:\n{self.log}"
        return self.answer_of_readyz().startswith("200")

    def _web_args(self) -> list[str]:
        listen = ["--host", "127.0.0.1", "--port", str(self.port), "--no-access-log"]
        graceful = ["--timeout-graceful-shutdown", "5"]
        http = ["--http", "audiopod.protocol:PromptHeadProtocol", "--ws", "none"]
        application = "audiopod.asgi:application"
        return [sys.executable, "-m", "uvicorn", application, *listen, *http, *graceful]

    def _worker_args(self) -> list[str]:
        scale = ["--processes", "1", "--threads", "2"]
        return [sys.executable, "-m", "dramatiq", "audio_api.worker", *scale]

    # --- its commands and its data ----------------------------------------------------------
    def manage(self, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `manage.py`; fails the test with what it said unless it exits 0."""
        done = subprocess.run(
            [sys.executable, "manage.py", *args],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        said = f"{done.stdout}\n{done.stderr}"
        assert not check or done.returncode == 0, f"manage.py {' '.join(args)} failed:\n{said}"
        return done

    def account(self, credit: str = "5.00") -> Account:
        """A new user with this many dollars and one API key."""
        email = f"{uuid.uuid4().hex[:12]}@example.com"
        made = self._commands.run("create_api_key", "--email", email, "--credit", credit)
        return Account(api=self.api, email=email, key=made.strip())

    def audit(self) -> None:
        """Every invariant of the ledger holds, or the test fails with the report."""
        self._commands.run("audit_ledger")

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Read the database directly, as no client can."""
        if self.database_url:
            with psycopg.connect(self.database_url, row_factory=dict_row) as connection:
                return connection.execute(query).fetchall()  # type: ignore[call-overload]
        connection = sqlite3.connect(self.data_dir / "audiopod.sqlite3", timeout=20)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(query)]
        finally:
            connection.close()

    def last_job(self, account: Account) -> dict[str, Any] | None:
        """The newest job of an account, all columns; None before its first."""
        found = self.rows(
            "SELECT job.* FROM audio_api_job job JOIN accounts_user u ON u.id = job.user_id"
            f" WHERE u.email = '{account.email}' ORDER BY job.created_at DESC LIMIT 1"
        )
        return found[0] if found else None

    def wait_for_job(self, account: Account, *statuses: str, seconds: float = 30) -> dict[str, Any]:
        """The newest job of an account, once it has one of these statuses."""
        deadline = time.monotonic() + seconds
        while True:
            job = self.last_job(account)
            if job and job["status"] in statuses:
                return job
            if time.monotonic() > deadline:
                raise TimeoutError(f"Not {statuses} in {seconds:g} s: {job}\n{self.log}")
            time.sleep(0.05)


@contextmanager
def installation(
    folder: Path,
    *,
    models_dir: Path,
    postgres: Postgres | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """A server that is set up and running; grown up when it is given a PostgreSQL."""
    folder.mkdir(parents=True, exist_ok=True)
    if postgres is None:
        with _running(Server(folder, models_dir=models_dir, env=env)) as server:
            yield server
        return
    redis = Redis(folder)
    redis.start()
    url = postgres.create_database(f"audiopod_{uuid.uuid4().hex[:8]}")
    try:
        with _running(
            Server(folder, models_dir=models_dir, database_url=url, redis=redis, env=env)
        ) as server:
            yield server
    finally:
        redis.stop()


@contextmanager
def _running(server: Server) -> Iterator[Server]:
    try:
        server.set_up()
        server.start()
        yield server
    finally:
        server.stop()
