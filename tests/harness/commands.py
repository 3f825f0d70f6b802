"""One installation's management commands, run in a process that stays: starting Django for each
costs seconds. `python -m tests.harness.commands` is the process, `Commands` its other end.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from tests.harness.programs import ROOT


class Commands:
    """Starts its process at the first command."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._process: subprocess.Popen[str] | None = None
        self._turn = threading.Lock()

    def run(self, *args: str) -> str:
        """What the command wrote to stdout; fails the test with all it said unless it succeeds."""
        with self._turn:
            answer = self._ask(args)
        assert answer["ok"], f"manage.py {' '.join(args)} failed:\n{answer['out']}\n{answer['err']}"
        out: str = answer["out"]
        return out

    def close(self) -> None:
        if self._process and self._process.stdin:
            self._process.stdin.close()
            self._process.wait(20)
            self._process = None

    def _ask(self, args: tuple[str, ...]) -> dict[str, Any]:
        process = self._process = self._process or self._start()
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(args) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        assert line, f"the process of the commands ended at {args}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.harness.commands"],
            cwd=ROOT,
            env=dict(self._env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


def _serve() -> None:
    import django

    django.setup()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    for line in sys.stdin:
        answers.write(json.dumps(_run(json.loads(line))) + "\n")
        answers.flush()


def _run(args: list[str]) -> dict[str, Any]:
    from django.core.management import call_command
    from django.db import close_old_connections, connection

    out, err = io.StringIO(), io.StringIO()
    close_old_connections()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            call_command(*args, stdout=out, stderr=err)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - told to the other end
        if not (isinstance(error, SystemExit) and error.code in (None, 0)):
            return {"ok": False, "out": out.getvalue(), "err": f"{err.getvalue()}{error!r}"}
    finally:
        connection.close()
        if connection.vendor == "postgresql":
            connection.close_pool()  # for a database in use can't be copied
    return {"ok": True, "out": out.getvalue(), "err": err.getvalue()}


if __name__ == "__main__":
    _serve()
