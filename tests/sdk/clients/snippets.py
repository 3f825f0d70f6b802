"""The examples of a document: found by their fences, run as a reader would, told to a server."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.harness.node import PACKAGES, install_clients, node_for
from tests.sdk.clients.conftest import Stage
from tests.sdk.clients.scenario import assert_heard

FENCED = re.compile(r"^```(console|python|js)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CALLS = re.compile(r"audio[/.](speech|transcriptions|translations)")
ANSWER = re.compile(r"^(?:#|//) (.+)$", re.MULTILINE)
"""A comment that is alone on its line says what the program prints."""
WRITTEN_URL, WRITTEN_KEY = "http://127.0.0.1:8000", "ap_…"
RUN_SECONDS = 60


@dataclass(frozen=True)
class Snippet:
    """One example that calls the API."""

    language: str
    code: str

    @property
    def endpoints(self) -> set[str]:
        return set(CALLS.findall(self.code))

    def run(self, folder: Path, stage: Stage) -> None:
        """Run it in a folder; fails the test unless it says what the document says that it does."""
        code = self.code.replace(WRITTEN_URL, stage.server.url)
        code = code.replace(WRITTEN_KEY, stage.account.key)
        ways = {"console": _run_console, "python": _run_python, "js": _run_js}
        ways[self.language](code, folder, stage)


def snippets_of(document: str) -> list[Snippet]:
    """Its examples that call one of the three endpoints, in order."""
    found = [Snippet(language, code) for language, code in FENCED.findall(document)]
    return [snippet for snippet in found if snippet.endpoints]


def _run_console(code: str, folder: Path, stage: Stage) -> None:
    """Lines after `$ ` and those that they go on in are commands, the rest is what they print."""
    for entered in re.split(r"^\$ ", code, flags=re.MULTILINE)[1:]:
        command, printed = _split(entered)
        said = _run(["bash", "-euo", "pipefail", "-c", command], folder, stage)
        assert bool(said.strip()) == bool(printed.strip()), f"{command}\n{said}"
        if printed.strip():
            _assert_same(json.loads(said), json.loads(printed))


def _split(entered: str) -> tuple[str, str]:
    """The command and its output: a command goes on after a backslash."""
    lines = entered.splitlines(keepends=True)
    last = next(n for n, line in enumerate(lines) if not line.rstrip().endswith("\\"))
    command = "".join(lines[: last + 1])
    assert shlex.split(command)[0] == "curl", command
    return command, "".join(lines[last + 1 :])


def _assert_same(answer: dict[str, object], written: dict[str, object]) -> None:
    assert set(answer) == set(written)
    assert_heard(str(answer["text"]), str(written["text"]))
    assert answer.get("usage") == written.get("usage")


def _run_python(code: str, folder: Path, stage: Stage) -> None:
    _assert_prints(code, _run([sys.executable, "-c", code], folder, stage))


def _run_js(code: str, folder: Path, stage: Stage) -> None:
    """As a module beside a `node_modules` that holds the newest client."""
    node = node_for("openai-7")
    install_clients(node)
    (folder / "node_modules").mkdir(exist_ok=True)
    link = folder / "node_modules" / "openai"
    if not link.exists():
        link.symlink_to(PACKAGES / "node_modules" / "openai-7")
    (folder / "snippet.mjs").write_text(code)
    _assert_prints(code, _run([node.program, "snippet.mjs"], folder, stage))


def _assert_prints(code: str, said: str) -> None:
    written = ANSWER.findall(code)
    lines = said.splitlines()
    assert len(lines) == len(written), said
    for line, comment in zip(lines, written, strict=True):
        assert_heard(line, comment)


def _run(command: list[str], folder: Path, stage: Stage) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "AUDIOPOD_API_KEY": stage.account.key},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{command[-1]}\n{done.stdout}\n{done.stderr}"
    return done.stdout
