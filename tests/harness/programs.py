"""Programs as child processes: found or the test is skipped, ended or the test fails."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 20.0
"""How long a program may take to end when it is asked to."""


def missing(what: str, remedy: str) -> NoReturn:
    """Skip for want of a program or its data; where CI is set that is a failure."""
    message = f"{what} is missing: {remedy}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def find_program(name: str, *, remedy: str, folders: Sequence[Path] = ()) -> str:
    """The path of a program in `folders` or on PATH; skips (in CI: fails) when there is none."""
    for folder in folders:
        if (folder / name).exists():
            return str(folder / name)
    return shutil.which(name) or missing(name, remedy)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(
    happened: Callable[[], object], *, seconds: float, what: str, every: float = 0.05
) -> None:
    """Poll until `happened()` is true. Raises TimeoutError naming `what`."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not within {seconds:g} s: {what}")
        time.sleep(every)


class Program:
    """One child process in a session of its own, its output appended to a file."""

    def __init__(
        self, name: str, args: Sequence[str], *, env: Mapping[str, str], folder: Path
    ) -> None:
        self.name, self.args, self.env = name, list(args), dict(env)
        self.log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._family: list[psutil.Process] = []

    def start(self) -> None:
        assert self._process is None, f"{self.name} runs already"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.args,
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} does not run"
        return self._process.pid

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def stop(self) -> None:
        """End it politely and see that it and its children are gone."""
        if self._process is None:
            return
        self._note_family()
        if self.running:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            pytest.fail(f"{self.name} did not stop in {STOP_SECONDS:g} s:\n{self.said()[-3000:]}")
        self._process = None
        self._see_nothing_left()

    def kill(self) -> None:
        """SIGKILL to it and all its children at once, as the kernel does when memory is short."""
        assert self._process is not None, f"{self.name} does not run"
        self._note_family()
        for member in self._family:
            _signal(member, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        self._process = None
        self._see_nothing_left()

    def kill_alone(self) -> None:
        """SIGKILL to the parent only; its children must notice by themselves."""
        assert self._process is not None, f"{self.name} does not run"
        self._note_family()
        self._process.kill()
        self._process.wait()
        self._process = None
        self._see_nothing_left()

    def _note_family(self) -> None:
        try:
            self._family = psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            self._family = []

    def _see_nothing_left(self) -> None:
        _, alive = psutil.wait_procs(self._family, timeout=STOP_SECONDS)
        for member in alive:
            _signal(member, signal.SIGKILL)
        assert not alive, f"{self.name} left these behind: {alive}"


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
