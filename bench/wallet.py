"""Holds and settlements a second: `python -m bench.wallet [--seconds 2]`.

One pair is a hold and its settlement: two transactions, by the wallet's services and, in turn, by
SQL written by hand for the same rows. On one account, where every transaction waits for the same
row, and on a thousand; on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.harness.postgres import postgres
from tests.harness.programs import ROOT

ACCOUNTS, THREADS, ROUNDS = (1, 1000), (1, 8), 3
Pair = Callable[[int], None]
"""Holds and settles once, for the account of that number."""


@dataclass(frozen=True)
class Row:
    """Pairs a second, the median of some rounds."""

    accounts: int
    threads: int
    services: float
    by_hand: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.wallet", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2, help="of each measurement (default: 2)")
    parser.add_argument("--here", action="store_true", help="measure the database of DATABASE_URL")
    asked = parser.parse_args()
    if asked.here:
        print(json.dumps([vars(row) for row in measure_here(asked.seconds)]))
        return
    print(
        f"{os.cpu_count()} cores, pairs a second, medians of {ROUNDS} alternating rounds of"
        f" {asked.seconds / ROUNDS:.1f} s. Neither database waits for the disk.\n"
    )
    print(_line("database", "accounts", "threads", "wallet.services", "SQL by hand", "ratio"))
    print(_line(*["---"] * 6))
    for name, url in _databases():
        for row in _measured(url, asked.seconds):
            ratio = row.by_hand / row.services
            rates = f"{row.services:.0f}", f"{row.by_hand:.0f}", f"{ratio:.2f}"
            print(_line(name, str(row.accounts), str(row.threads), *rates), flush=True)


def _databases() -> Iterator[tuple[str, str]]:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="audiopod-bench-"))
        yield "SQLite", f"sqlite:///{Path(folder) / 'wallet.sqlite3'}"
        try:
            cluster = stack.enter_context(postgres())
        except pytest.skip.Exception as absent:
            sys.stderr.write(f"PostgreSQL: not measured. {absent}\n")
            return
        yield "PostgreSQL", cluster.create_database("wallet")


def _measured(url: str, seconds: float) -> list[Row]:
    """By a process of its own: Django has one database for life."""
    with tempfile.TemporaryDirectory(prefix="audiopod-bench-") as data:
        done = subprocess.run(
            [sys.executable, "-m", "bench.wallet", "--here", "--seconds", str(seconds)],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": url, "DATA_DIR": data},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return [Row(**row) for row in json.loads(done.stdout.splitlines()[-1])]


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


# --- in the process that measures ---------------------------------------------------------------
def measure_here(seconds: float) -> list[Row]:
    set_up_django()
    from bench import wallet_pairs as pairs

    pairs.open_accounts(max(ACCOUNTS))
    rows = []
    for accounts, threads in product(ACCOUNTS, THREADS):
        ways = {"services": pairs.by_services, "by_hand": pairs.by_hand}
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for _, (name, begin) in product(range(ROUNDS), ways.items()):
            rates[name].append(_rate(begin, accounts, threads, seconds / ROUNDS))
        medians = {name: statistics.median(of) for name, of in rates.items()}
        rows.append(Row(accounts, threads, **medians))
    pairs.see_that_all_is_whole()
    return rows


def set_up_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "audiopod.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _rate(begin: Callable[[], Any], accounts: int, threads: int, seconds: float) -> float:
    """Pairs a second of so many threads, which begin and end together."""
    done, gate, over = [0] * threads, threading.Barrier(threads + 1), threading.Event()

    def work(place: int) -> None:
        with begin() as pair:
            pair(place % accounts)  # the first opens what there is to open
            gate.wait()
            turn = place * 7919
            while not over.is_set():
                pair(turn % accounts)
                turn += 1
                done[place] += 1

    crowd = [threading.Thread(target=work, args=(place,)) for place in range(threads)]
    for thread in crowd:
        thread.start()
    gate.wait()
    began = time.monotonic()
    time.sleep(seconds)
    over.set()
    for thread in crowd:
        thread.join()
    return sum(done) / (time.monotonic() - began)


if __name__ == "__main__":
    main()
