"""`manage.py run`: from an environment with the packages to a server that answers, in five steps.

What `make run` starts. Every step is idempotent; a second start takes seconds and keeps the data.
"""

from __future__ import annotations

import errno
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connections
from filelock import FileLock, Timeout

from audio.engines import status
from audio.weights import asset_path
from audio_api.process import banner, boot, demo, demo_payments, wanted
from audio_api.process.port import reserve, url_of

STEPS = 5
KEEP_ALIVE_SECONDS = 75
MAX_HEADER_BYTES = 16_384
GRACE_SECONDS = 30
"""How long a stopping server lets running requests go on."""


class Server(uvicorn.Server):
    """Uvicorn, with a word when it listens."""

    def __init__(self, config: uvicorn.Config, *, when_listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_listening = when_listening

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._when_listening()


class Command(BaseCommand):
    help = "Fetch what is missing, set up the data, and serve. Stop it with Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        environ = os.environ
        parser.add_argument("--host", default=environ.get("HOST") or "127.0.0.1", help="HOST")
        parser.add_argument("--port", default=environ.get("PORT") or "8000", help="PORT")
        parser.add_argument("--no-demo", action="store_true", help="make no demo account")

    def handle(self, *_args: Any, **options: Any) -> None:
        # First of all: better now than after minutes of fetching.
        listener = reserve(options["host"], options["port"])
        try:
            with self._alone():
                self._weights()
                self._say(2, f"database: migrating {settings.DATABASES['default']['NAME']}")
                call_command("migrate", interactive=False, verbosity=0)
                self.stdout.write(f"3/{STEPS} voices: ", ending="")
                call_command("seed_voices", stdout=self.stdout)
                account = self._demo(wanted=not options["no_demo"])
            self._serve(listener, account)
        except DatabaseError as error:
            words = " ".join(str(error).split())
            raise CommandError(f"The database does not work: {words} (DATABASE_URL).") from error
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise CommandError(f"The disk of {settings.DATA_DIR} is full: make room.") from error
        except KeyboardInterrupt:
            self.stdout.write(f"\nStopped. The data is kept in {settings.DATA_DIR}.")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One start at a time sets up a data folder; another one waits and says so."""
        lock = FileLock(settings.DATA_DIR / "run.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            self.stdout.write("Waiting for another start that sets up the same data.")
            self.stdout.flush()
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def _say(self, step: int, words: str) -> None:
        self.stdout.write(f"{step}/{STEPS} {words}")
        self.stdout.flush()

    def _weights(self) -> None:
        names = [asset.name for asset in wanted.assets()]
        missing = [name for name in names if not asset_path(name, settings.MODELS_DIR)]
        if not missing:
            self._say(1, f"weights: complete in {settings.MODELS_DIR}")
            return
        self._say(1, f"weights: fetching {', '.join(missing)}")
        try:
            call_command("fetch_models", *missing)
        except SystemExit as stop:
            self._go_on_without(names, stop)

    def _go_on_without(self, names: list[str], stop: SystemExit) -> None:
        """One engine is better than none; stopped by Ctrl-C or with nothing at all, it ends."""
        here = [name for name in names if asset_path(name, settings.MODELS_DIR)]
        if stop.code != 1 or not here:
            raise stop
        self._say(1, f"weights: going on with {', '.join(here)} alone; the next start tries again")

    def _demo(self, *, wanted: bool) -> demo.Demo | None:
        self._say(4, "demo account" if wanted else "demo account: not wanted")
        return demo.ensure() if wanted else None

    def _serve(self, listener: socket.socket, account: demo.Demo | None) -> None:
        self._say(5, "server: starting")
        connections.close_all()
        url = url_of(listener)

        def greet() -> None:
            host = listener.getsockname()[0]
            self.stdout.write(banner.banner(url, account, host=host))
            self.stdout.flush()
            threading.Thread(target=self._tell_when_ready, daemon=True).start()

        server = Server(_uvicorn_config(), when_listening=greet)
        with self._payments(listener, url):
            try:
                server.run(sockets=[listener])
            finally:
                if not server.started:
                    self._explain_silence(account)

    def _payments(self, listener: socket.socket, url: str) -> AbstractContextManager[str | None]:
        if demo_payments.are_wanted(listener.getsockname()[0]):
            return demo_payments.beside(url)
        return nullcontext()

    def _explain_silence(self, account: demo.Demo | None) -> None:
        if account:  # else what is shown once would be lost
            self.stdout.write("\n".join(account.lines()))
        self.stderr.write("The server did not start; the lines above say why.")

    def _tell_when_ready(self) -> None:
        if settings.REDIS_URL:
            self.stdout.write("Work is done by worker processes: `make worker` starts one.")
            return
        start = time.monotonic()
        boot.ready.wait()
        for engine, why in status.broken().items():
            self.stdout.write(f"{engine} is switched off, it failed its self-test: {why}")
        self.stdout.write(f"Engines ready after {time.monotonic() - start:.1f} s.")
        self.stdout.flush()


def _uvicorn_config() -> uvicorn.Config:
    return uvicorn.Config(
        "audiopod.asgi:application",
        lifespan="on",
        ws="none",
        http="audiopod.protocol:PromptHeadProtocol",
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
        access_log=False,  # audiopod.middleware writes a better one
        log_config=None,
        log_level="warning",
        # else anybody who reaches us through a tunnel could say which address they have
        proxy_headers=settings.BEHIND_PROXY,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
