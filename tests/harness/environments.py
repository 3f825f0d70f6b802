"""Environments beside the tests' own: other versions of a client, and a Node of our own.

Each is made once a machine, in `.venv-clients/`, of what a compiled requirements file pins; it is
made anew when that file changes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uv

from tests.harness.programs import ROOT, missing

FOLDER = ROOT / ".venv-clients"
INSTALL_SECONDS = 240


def python_with(requirements: Path) -> Path:
    """A Python that has what a hashed requirements file pins; its environment is named after it.

    Skips (in CI: fails) when no package index answers.
    """
    environment = FOLDER / requirements.stem
    python = environment / "bin" / "python"

    def make() -> None:
        run([sys.executable, "-m", "venv", "--without-pip", str(environment)]).check_returncode()
        pins = ["install", "--quiet", "--require-hashes", "-r", str(requirements)]
        # uv takes a second; pip, ten, but it knows the index and the proxy that .venv came from.
        ways = [[uv.find_uv_bin(), "pip", *pins, "--python", str(python)]]
        ways += [[sys.executable, "-m", "pip", "--python", str(python), *pins]]
        first_that_works(ways, what=f"what {requirements.name} pins")

    made_once(environment, of=requirements.read_text() + sys.version, make=make)
    return python


def made_once(folder: Path, *, of: str, make: Callable[[], None]) -> None:
    """Call `make` to fill a folder, unless it is made of the same already.

    Of several processes that want it, one makes it and the others wait.
    """
    stamp, digest = folder / "made-of", hashlib.sha256(of.encode()).hexdigest()
    with locked(folder):
        if stamp.exists() and stamp.read_text() == digest:
            return
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make()
        stamp.write_text(digest)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Alone with a folder, among the processes of this machine."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def first_that_works(commands: Sequence[Sequence[str]], *, what: str) -> None:
    """Run commands until one succeeds; skips (in CI: fails) with the words of the last."""
    said = ""
    for command in commands:
        try:
            done = run(command)
        except subprocess.TimeoutExpired:
            said = f"{command[0]} took more than {INSTALL_SECONDS} s"
            continue
        if done.returncode == 0:
            return
        said = done.stderr
    missing(what, f"no package registry answers, or it has other files: {said[-500:]}")


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run an installer, without the settings that would lead it out of its environment."""
    astray = {"PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "VIRTUAL_ENV"}
    return subprocess.run(
        list(command),
        env={name: value for name, value in os.environ.items() if name not in astray},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
        check=False,
    )
