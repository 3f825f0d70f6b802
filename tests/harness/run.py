"""`manage.py run`, as a newcomer starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness.programs import ROOT, free_port, wait_until

START_SECONDS = 90
NOT_FOR_IT = ("REDIS_URL", "DATABASE_URL", "PUBLIC_URL", "ALLOWED_HOSTS", "HOST")


class Installation:
    """A data folder and a port for `manage.py run`."""

    def __init__(self, folder: Path, models_dir: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        kept = {name: value for name, value in os.environ.items() if _is_kept(name)}
        self.env = kept | {
            "DATA_DIR": str(folder / "data"),
            "MODELS_DIR": str(models_dir),
            "PORT": str(self.port),
            "PRELOAD_ENGINES": "false",
        }

    def start(self, output: Path) -> subprocess.Popen[bytes]:
        with output.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "manage.py", "run"],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @contextmanager
    def running(self, name: str) -> Iterator[str]:
        """A server that has greeted; gives what it said. Ends it with Ctrl-C."""
        output = self.folder / name
        process = self.start(output)
        try:
            wait_until(
                lambda: process.poll() is not None or "Engines ready" in output.read_text(),
                seconds=START_SECONDS,
                what="a server that greets",
            )
            assert process.poll() is None, output.read_text()
            yield output.read_text()
        finally:
            process.send_signal(signal.SIGINT)
            status = process.wait(30)
        assert status == 0
        assert "Stopped. The data is kept" in output.read_text()


def _is_kept(name: str) -> bool:
    """Whether a setting of whoever runs the tests may reach the server."""
    return name not in NOT_FOR_IT and not name.startswith("STRIPE_")
