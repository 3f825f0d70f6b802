"""The receivers of the documentation take what is genuine, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from pytest_django import Settings

from accounts.models import User
from dashboard.docs.examples import FOLDER
from tests.harness.programs import find_program, free_port, wait_until
from tests.webhooks.cast import only, serve_all, tell
from webhooks import endpoints, signing
from webhooks.models import Endpoint

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rung")]
WRITTEN_PORT = "8400"

Start = Callable[..., Path]


def command(program: Path) -> list[str]:
    if program.suffix == ".py":
        return [sys.executable, "-u", str(program)]
    return [find_program("node", remedy="install nodejs"), str(program)]


@contextmanager
def running(name: str, folder: Path, port: int, secrets: str) -> Iterator[Path]:
    """The program of a page, at another port; the file with what it prints."""
    program, said = folder / f"program{Path(name).suffix}", folder / "said"
    program.write_text((FOLDER / name).read_text().replace(WRITTEN_PORT, str(port)))
    env = {"PATH": os.environ["PATH"], "AUDIOPOD_WEBHOOK_SECRETS": secrets}
    with (
        said.open("w") as output,
        (folder / "errors").open("w") as errors,
        subprocess.Popen(command(program), env=env, stdout=output, stderr=errors) as process,
    ):
        try:
            wait_until(lambda: _answers(port), seconds=30, what=f"{name} listens")
            yield said
        finally:
            process.kill()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://localhost:{port}/", timeout=5, verify=False).status_code > 0
    except httpx.HTTPError:
        return False


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as stack:
        yield lambda *args: stack.enter_context(running(args[0], tmp_path, *args[1:]))


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def hooked(user: User, port: int, settings: Settings) -> tuple[Endpoint, str]:
    settings.WEBHOOK_ALLOW = [f"localhost:{port}"]
    return endpoints.create(user, url=f"http://localhost:{port}/audiopod")


@pytest.mark.parametrize("name", ["webhook.py", "webhook.mjs"])
def test_a_receiver_takes_what_is_genuine_once(
    user: User, hooked: tuple[Endpoint, str], port: int, started: Start, name: str
) -> None:
    endpoint, old = hooked
    said = started(name, port, f"{old} another")
    new = endpoints.rotate(endpoint, overlap=endpoints.timedelta(hours=1))
    for job in (1001, 1002):
        (delivery,) = tell(user, job=job)
        serve_all()
        assert only(pk=delivery.pk).response_code == 204
    wait_until(lambda: "1002" in said.read_text(), seconds=10, what="it tells of both")

    body = delivery.body.encode()
    now = int(time.time())
    for secret, timestamp, status in [
        (old, now, 204),
        (new, now, 401),
        (old, now - 301, 401),
        (old, now + 301, 401),
    ]:
        assert _posted(port, body, signing.signature(secret, timestamp, body), timestamp) == status
    assert _posted(port, body + b" ", signing.signature(old, now, body), now) == 401
    assert _posted(port, body, "", now) == 401
    assert _posted(port, body, "sha256=", now) == 401
    assert said.read_text().split() == ["job.completed", "1001", "job.completed", "1002"]


def _posted(port: int, body: bytes, signature: str, timestamp: int) -> int:
    headers = {"X-AudioPod-Signature": signature, "X-AudioPod-Timestamp": str(timestamp)}
    url = f"http://localhost:{port}/"
    return httpx.post(url, content=body, headers=headers, timeout=10, verify=False).status_code
