"""What the past costs: `python -m bench.growth [--million]`.

The same steps in databases with 1,000 and 100,000 requests behind them, all of one account, each
with its hold, its entry and its postings. A process for each database; they take turns, so that a
slow minute of the machine hits all. What is measured is processor time, of the process and of
PostgreSQL's own one together, and the fastest round counts. Each step but the audit, which reads
all there is, is to stay below 1.2 times its cost in the smallest; SQLite and PostgreSQL.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from bench.report import table
from bench.wallet import set_up_django
from tests.harness.postgres import postgres
from tests.harness.programs import ROOT

SIZES, MILLION = (1_000, 100_000), 1_000_000
ROUNDS = 15
MOST = 1.2
"""Times its cost with the smallest past that a step may take with a larger one."""
MAY_GROW = "audit_ledger"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--million", action="store_true", help=f"also with {MILLION:,} requests")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of each step ({ROUNDS})")
    parser.add_argument("--here", type=int, metavar="REQUESTS", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.here:
        answer_here(asked.here)
        return
    sizes = (*SIZES, MILLION) if asked.million else SIZES
    print(f"{os.cpu_count()} cores, the fastest of {asked.rounds} rounds, in milliseconds.\n")
    grows = [_report(name, urls, asked.rounds) for name, urls in _databases(sizes)]
    sys.exit(int(any(grows)))


def _report(name: str, urls: dict[int, str], rounds: int) -> bool:
    """Print what was measured; whether a step grows that should not."""
    with ExitStack() as stack:
        pasts = [stack.enter_context(_past(size, url)) for size, url in urls.items()]
        rows, grows = [], False
        for step in pasts[0].steps:
            of_sizes = [min(times) for times in _in_turn(pasts, step, rounds)]
            ratios = [of / of_sizes[0] for of in of_sizes[1:]]
            grows |= step != MAY_GROW and max(ratios) >= MOST
            rows.append([step, *(f"{ms:.2f}" for ms in of_sizes), *(f"{r:.2f}" for r in ratios)])
    header = [name, *(f"{size:,}" for size in urls), *(f"ratio {size:,}" for size in [*urls][1:])]
    print(table(header, rows), end="\n\n", flush=True)
    return grows


def _in_turn(pasts: Sequence[_Past], step: str, rounds: int) -> list[list[float]]:
    """Milliseconds of a step, for each past; once more to warm up."""
    rounds = 1 if step == MAY_GROW else rounds
    took = [[past.do(step) for past in pasts] for _ in range(rounds + 1)]
    return [list(times) for times in zip(*took[1:], strict=True)]


def _databases(sizes: Sequence[int]) -> Iterator[tuple[str, dict[int, str]]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="audiopod-bench-")))
        yield "SQLite", {size: f"sqlite:///{folder / str(size)}.sqlite3" for size in sizes}
        try:
            cluster = stack.enter_context(postgres())
        except pytest.skip.Exception as absent:
            sys.stderr.write(f"PostgreSQL: not measured. {absent}\n")
            return
        yield "PostgreSQL", {size: cluster.create_database(f"past{size}") for size in sizes}


class _Past:
    """The parent's end of a process that has such a past."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.steps: list[str] = json.loads(self._line())

    def do(self, step: str) -> float:
        """Milliseconds."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{step}\n")
        self._process.stdin.flush()
        return float(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("The process ended; what it said stands above.")
        return line


@contextmanager
def _past(size: int, url: str) -> Iterator[_Past]:
    with tempfile.TemporaryDirectory(prefix="audiopod-bench-") as data:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.growth", "--here", str(size)],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": url, "DATA_DIR": data},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield _Past(process)
        finally:
            process.communicate()


# --- in the process that measures ---------------------------------------------------------------
def answer_here(requests: int) -> None:
    """Tell the steps, then do each that is asked for and say what it took."""
    set_up_django()
    from bench import growth_steps

    steps = growth_steps.steps(requests)
    print(json.dumps([*steps]), flush=True)
    for line in sys.stdin:
        print(growth_steps.timed(steps[line.strip()]), flush=True)


if __name__ == "__main__":
    main()
