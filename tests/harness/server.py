"""AudioPod itself as a user runs it: real processes, real commands, real HTTP.

Two modes. *Embedded*: one process, SQLite. *Grown up*: PostgreSQL, Redis, and the engines in a
worker process of their own.

A test asks for the fixture `server` of the root conftest and runs in both modes; with its mark
`embedded_only`, in one. All modules share that server (modules under one line of
`schedule.TOGETHER`: also under pytest-xdist), so a test makes accounts of its own and counts only
what is theirs. `make_server(mode, env={…})` starts another one, for who changes settings or kills.

`server.url` and `.api` are where it answers, `.data_dir` is its DATA_DIR; `server.account("5.00")`
is a new user with credit and a key; `server.command("shell", "-c", "…")` runs any management
command on its database, so that `from accounts.models import User;
user = User.objects.get(email='…'); user.set_password('…'); user.save()` lets that user log in;
`server.mails(to="…")` is what it has sent; `server.rows("SELECT …")` reads its tables.
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
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal

import httpx
import psycopg
from psycopg.rows import dict_row

from tests.harness.account import Account
from tests.harness.commands import Commands
from tests.harness.migrated import Migrated
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

_END_OF_MAIL = b"-" * 79 + b"\n"
"""Django's file backend writes it after each."""


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
        self.env["WEBHOOK_ALLOW"] = "127.0.0.1"  # where receivers of tests are
        self.env["PORT"] = str(self.port)  # what its own links lead to
        self._mails = folder.absolute() / "mails"
        # after `//` comes an absolute path without its first slash
        self.env |= NO_PAYMENTS | {"EMAIL_URL": f"filemail:///{self._mails}"}
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
    def migrate(self) -> None:
        """The first of the two commands that its operator would type."""
        self.command("migrate", "--verbosity", "0")

    def seed(self) -> None:
        self.command("seed_voices")

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

    def command(self, *args: str) -> str:
        """What a management command prints. Sooner than `manage`: Django is started already."""
        return self._commands.run(*args)

    def account(self, credit: str = "5.00") -> Account:
        """A new user with this many dollars and one API key."""
        email = f"{uuid.uuid4().hex[:12]}@example.com"
        made = self.command("create_api_key", "--email", email, "--credit", credit)
        return Account(api=self.api, email=email, key=made.strip())

    def audit(self) -> None:
        """Every invariant of the ledger holds, or the test fails with the report."""
        self.command("audit_ledger")

    def mails(self, to: str) -> list[EmailMessage]:
        """What it has sent to an address, the oldest first; `get_body().get_content()` of each."""
        files = sorted(self._mails.glob("*.log"), key=lambda file: file.stat().st_mtime_ns)
        told = [part for file in files for part in file.read_bytes().split(_END_OF_MAIL)]
        sent = [message_from_bytes(mail, policy=policy.default) for mail in told if mail.strip()]
        return [mail for mail in sent if mail["To"] == to]

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
    migrated: Migrated | None = None,
) -> Iterator[Server]:
    """A server that is set up and running; grown up when it is given a PostgreSQL."""
    folder.mkdir(parents=True, exist_ok=True)
    migrated = migrated or Migrated(folder)
    if postgres is None:
        server = Server(folder, models_dir=models_dir, env=env)
        migrated.prepare(server.data_dir)
        with _stopped(server):
            server.migrate()
            migrated.keep(server.data_dir)
            yield _started(server)
        return
    redis, name = Redis(folder), f"audiopod_{uuid.uuid4().hex[:8]}"
    redis.start()
    try:
        url = migrated.create_database(postgres, name)
        server = Server(folder, models_dir=models_dir, database_url=url, redis=redis, env=env)
        with _stopped(server):
            server.migrate()
            migrated.keep_database(postgres, name)
            yield _started(server)
    finally:
        redis.stop()


def _started(server: Server) -> Server:
    server.seed()
    server.start()
    return server


@contextmanager
def _stopped(server: Server) -> Iterator[None]:
    """At the end, however that comes."""
    try:
        yield
    finally:
        server.stop()
