"""One server for the whole matrix, with an engine that fails on demand beside the real ones."""

from __future__ import annotations

import json
import os
import subprocess
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MakeServer
from tests.harness.account import Account
from tests.harness.audio import silence
from tests.harness.programs import ROOT
from tests.harness.server import Server
from tests.sdk.clients.scenario import QUIET_SECONDS

WORDS = "The old captain watched the river."
SPOKEN = {
    "speech.wav": ("nova", WORDS),
    "habla.wav": ("ef_dora", "El perro negro duerme en la casa de mi hermana."),
}
SETTINGS = {
    "EXTRA_ENGINES": "tests.doubles:FaultyEngine",
    # A worker's self-test would find that nobody understands the double's tones.
    "PRELOAD_ENGINES": "false",
    # every client tries a wrong key, and all of them from one address
    "BAD_KEYS_PER_MINUTE": "1000",
    "RATE_LIMIT_PER_MINUTE": "10000",
}
DRIVE_SECONDS = 280

Outcomes = dict[str, str | None]
"""Scenario -> what was wrong with it."""


@dataclass(frozen=True)
class Stage:
    """What the clients of the matrix meet: a server, its accounts, and recordings."""

    server: Server
    account: Account
    poor: Account
    hurried: Account
    folder: Path

    @cached_property
    def as_json(self) -> str:
        """For the scripts that drive a client; `scenario.Stage` is how Python reads it."""
        return json.dumps(
            {
                "api": self.server.api,
                "key": self.account.key,
                "poor_key": self.poor.key,
                "hurried_key": self.hurried.key,
                "folder": str(self.folder),
                "words": WORDS,
                "log": str(self.server.web.log),
            }
        )


@pytest.fixture(scope="session")
def stage(make_server: MakeServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """An embedded server: what differs in the grown-up mode is no client's business."""
    folder = tmp_path_factory.mktemp("recordings")
    with make_server("embedded", env=SETTINGS) as server:
        account = server.account(credit="20.00")
        silence(folder / "quiet.wav", seconds=QUIET_SECONDS)
        for name, (voice, words) in SPOKEN.items():
            record(account, folder / name, voice=voice, words=words)
        poor, hurried = server.account(credit="0.000001"), hurried_account(server)
        yield Stage(server, account, poor, hurried, folder)
        assert account.settled_balance() > 0
        server.audit()


def hurried_account(server: Server) -> Account:
    """One whose key may make a request a minute."""
    account = server.account()
    limit = f"filter(user__email='{account.email}').update(requests_per_minute=1)"
    server.command("shell", "--command", f"from accounts.models import *; ApiKey.objects.{limit}")
    return account


def record(account: Account, path: Path, *, voice: str, words: str) -> None:
    body = {"model": "tts-1", "voice": voice, "input": words, "response_format": "wav"}
    with account.http() as client:
        path.write_bytes(client.post("/audio/speech", json=body).raise_for_status().content)
    with wave.open(str(path)) as file:
        assert file.getnframes() > file.getframerate()


def newest_and_older(versions: Sequence[str]) -> list[Any]:
    """Parameters of a fixture: the last version for `make test`, those before it as thorough."""
    older = [pytest.param(version, marks=pytest.mark.thorough) for version in versions[:-1]]
    return [*older, versions[-1]]


def drive(command: Sequence[str], stage: Stage, **env: str) -> Outcomes:
    """Let a client act its scenarios on the stage of the matrix."""
    return drive_with(command, STAGE=stage.as_json, **env)


def drive_with(command: Sequence[str], **env: str) -> Outcomes:
    """Let a client act its scenarios; it prints a line of JSON for each."""
    done = subprocess.run(
        list(command),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DRIVE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["scenario"]: line["wrong"] for line in lines}
