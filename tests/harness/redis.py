"""A private Redis on a free loopback port, with nothing kept on disk."""

from __future__ import annotations

import os
from pathlib import Path

import redis

from tests.harness.programs import Program, find_program, free_port, wait_until

REMEDY = "install it (Debian: apt install redis-server)"


class Redis:
    """A `redis-server` that can be stopped and started again on the same port, empty."""

    def __init__(self, folder: Path) -> None:
        server = find_program("redis-server", remedy=REMEDY)
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        args = [server, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder)]
        args += ["--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"]
        self._program = Program("redis", args, env=os.environ, folder=folder)

    def start(self) -> None:
        self._program.start()
        wait_until(self._answers, seconds=20, what=f"Redis answers on port {self.port}")

    def stop(self) -> None:
        self._program.stop()

    def kill(self) -> None:
        self._program.kill()

    def _answers(self) -> bool:
        with redis.Redis.from_url(self.url, socket_timeout=2) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False
