"""What the process may do that reads a stranger's answer, and that it never stays behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from audiopod.common.links import fetch as fetching
from audiopod.common.links.fetch import fetch
from audiopod.common.links.verdict import Fetched, FetchError, FetchLimits, FetchReason
from tests.audiopod.links.conftest import LOOPBACK
from tests.audiopod.links.source import Source, found, recording

pytestmark = pytest.mark.timeout(60)

PROMPTLY_SECONDS = 10.0

PROBE = """
import json, os, resource, socket, subprocess, sys
from audiopod.common.links import child

def attempt(action):
    try:
        action()
    except (OSError, MemoryError) as error:
        return type(error).__name__
    return "done"

steps = []

def noted(action):
    def act(*args, **kwargs):
        steps.append(action.__name__)
        return action(*args, **kwargs)
    return act

def probe(link, connection, tls, output, limits):
    told = {
        "steps": steps,
        "file": attempt(lambda: open("/etc/passwd")),
        "new file": attempt(lambda: open("/tmp/left-behind", "w")),
        "socket": attempt(lambda: socket.socket()),
        "name": attempt(lambda: socket.getaddrinfo("localhost", 80)),
        "process": attempt(lambda: os.fork()),
        "memory": attempt(lambda: bytearray(2 * 1024**3)),
        "environment": sorted(os.environ),
        "django": "django" in sys.modules,
        "descriptors": resource.getrlimit(resource.RLIMIT_NOFILE),
        "root": os.geteuid() == 0,
        "file size": resource.getrlimit(resource.RLIMIT_FSIZE)[0],
    }
    return {"reason": "encoded", "detail": json.dumps(told)}

for name in ("connect", "leave_network", "confine"):
    setattr(child, name, noted(getattr(child, name)))
child.download = probe
"""


def silent(connection: object) -> None:
    """An answer that begins, and then nothing."""
    connection.sendall(found(recording(), length=10**6))  # type: ignore[attr-defined]
    connection.recv(1)  # type: ignore[attr-defined]


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def test_behind_the_line_nothing_can_be_opened(
    monkeypatch: pytest.MonkeyPatch, not_fetched: Callable[..., FetchError]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://user:password@host/name")
    probe = fetching._PROGRAM.replace("from audiopod", f"exec({PROBE!r}); from audiopod")
    monkeypatch.setattr(fetching, "_PROGRAM", probe)
    with Source(found(recording())) as source:
        told = json.loads(not_fetched(f"{source.url}/a.wav", max_bytes=1000).detail)

    assert told["steps"] == ["connect", "leave_network", "confine"]
    assert {told[name] for name in ("file", "new file", "socket")} == {"OSError"}
    assert told["name"] in {"gaierror", "OSError"}
    assert told["process"] in {"BlockingIOError", "OSError"}
    assert told["memory"] == "MemoryError"
    assert set(told["environment"]) <= {"SSL_CERT_FILE", "LC_CTYPE"}
    assert told["descriptors"] == [0, 0]
    assert told["file size"] < 2 * 1024**2
    assert (told["django"], told["root"]) == (False, False)


def test_it_is_gone_when_the_time_is_over(not_fetched: Callable[..., FetchError]) -> None:
    before = children()
    with Source(silent) as source:
        began = time.monotonic()
        error = not_fetched(f"{source.url}/a.wav", total_seconds=1, silence_seconds=30)
        assert time.monotonic() - began < PROMPTLY_SECONDS

    assert error.reason is FetchReason.TOO_SLOW
    assert children() <= before


def test_it_is_gone_when_its_caller_gives_up(target: Path) -> None:
    class Cancelled(Exception):
        pass

    def cancel(_bytes: int) -> None:
        raise Cancelled

    before = children()
    limits = FetchLimits(silence_seconds=30)
    began = time.monotonic()
    with Source(silent) as source, pytest.raises(Cancelled):
        fetch(f"{source.url}/a.wav", into=target, limits=limits, allow=LOOPBACK, alive=cancel)

    assert time.monotonic() - began < PROMPTLY_SECONDS
    assert children() <= before
    assert not target.exists()


def test_it_does_not_outlive_its_parent(target: Path) -> None:
    gone = []

    def answer(connection: object) -> None:
        connection.sendall(found(recording(), length=10**6))  # type: ignore[attr-defined]
        gone.append(connection.recv(1))  # type: ignore[attr-defined]

    program = (
        "import sys; from pathlib import Path;"
        "from audiopod.common.links.allow import AllowList;"
        "from audiopod.common.links.fetch import fetch;"
        "from audiopod.common.links.verdict import FetchLimits;"
        "fetch(sys.argv[1], into=Path(sys.argv[2]), limits=FetchLimits(),"
        " allow=AllowList(('127.0.0.1',)))"
    )
    with Source(answer) as source:
        parent = subprocess.Popen([sys.executable, "-c", program, f"{source.url}/a.wav", target])
        deadline = time.monotonic() + 60
        while not (target.exists() and target.stat().st_size) and time.monotonic() < deadline:
            time.sleep(0.05)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        deadline = time.monotonic() + 60
        while not gone and time.monotonic() < deadline:
            time.sleep(0.05)

    assert gone == [b""]


def test_a_process_that_dies_is_no_fault_of_the_link(
    monkeypatch: pytest.MonkeyPatch, not_fetched: Callable[..., FetchError]
) -> None:
    monkeypatch.setattr(fetching, "_PROGRAM", "import os; os.abort()")

    error = not_fetched("http://127.0.0.1:8000/a.wav")

    assert (error.code, error.status) == ("URL_INTAKE_UNAVAILABLE", 503)


def test_no_process_to_be_had_is_no_fault_of_the_link(
    monkeypatch: pytest.MonkeyPatch, not_fetched: Callable[..., FetchError]
) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")

    assert not_fetched("http://127.0.0.1:8000/a.wav").code == "URL_INTAKE_UNAVAILABLE"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_no_fault_of_the_link(
    monkeypatch: pytest.MonkeyPatch, not_fetched: Callable[..., FetchError]
) -> None:
    full = os.open("/dev/full", os.O_RDWR)
    start = fetching._start
    with os.fdopen(full, "r+b", buffering=0) as output, Source(found(recording())) as source:
        monkeypatch.setattr(fetching, "_start", lambda reply, _file: start(reply, output))
        error = not_fetched(f"{source.url}/a.wav")

    assert error.code == "URL_INTAKE_UNAVAILABLE"


def test_many_at_once(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def get(number: int) -> Fetched:
        return fetch(
            f"{source.url}/{number}.wav",
            into=tmp_path / str(number),
            limits=FetchLimits(),
            allow=LOOPBACK,
        )

    with Source(found(recording())) as source, ThreadPoolExecutor(4) as threads:
        names = [got.file_name for got in threads.map(get, range(8))]

    assert names == [f"{number}.wav" for number in range(8)]
