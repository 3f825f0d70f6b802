"""Pages of an account with a million requests, beside one with a thousand: `python -m bench.usage`.

Each page is asked for by Django's test client, of the two accounts in turn; the ratio of the
medians is to stay below 1.2, and where others use the machine too, that of the fastest runs says
more. In a SQLite of its own, or in the database of DATABASE_URL, which has
to be empty. With SQLite it is processor time that is measured, so that others on the machine do
not count; PostgreSQL works in processes of its own, so there it is time by the clock.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

FEW, MANY = 1_000, 1_000_000
RUNS = 15
MOST = 1.2
"""Times the cost of a small account that a page of a large one may cost."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.usage", description=__doc__)
    parser.add_argument("--jobs", type=int, default=MANY, help=f"of the large one ({MANY:,})")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"of each page ({RUNS})")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="audiopod-bench-") as folder:
        _set_up_django(Path(folder))
        sys.exit(_report(asked.jobs, asked.runs))


def _set_up_django(folder: Path) -> None:
    os.environ["DATA_DIR"] = str(folder)
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder / 'usage.sqlite3'}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "audiopod.settings")
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    settings.ALLOWED_HOSTS = ["testserver"]
    logging.disable(logging.INFO)
    call_command("migrate", verbosity=0)


def _report(many: int, runs: int) -> int:
    """Print what was measured; 1 when a page is too slow."""
    from django.db import connection

    from bench import usage_accounts as accounts

    began = time.monotonic()
    few, large = accounts.fill("few", FEW), accounts.fill("many", many)
    took = time.monotonic() - began
    clock = time.process_time if connection.vendor == "sqlite" else time.perf_counter
    print(f"{connection.vendor}, {clock.__name__}, medians of {runs} runs in turn.")
    print(f"Filled in {took:.0f} s.\n")
    print(f"| page | {FEW:,} requests | {many:,} requests | ratio | of the fastest |")
    print("|---|---|---|---|---|")
    slow = 0
    for name in accounts.PAGES:
        small, big = _compared(few.asking(name), large.asking(name), runs, clock)
        medians = statistics.median(small), statistics.median(big)
        ratio, fastest = medians[1] / medians[0], min(big) / min(small)
        slow += min(ratio, fastest) >= MOST
        times = f"{medians[0]:.1f} ms | {medians[1]:.1f} ms"
        print(f"| {name} | {times} | {ratio:.2f} | {fastest:.2f} |", flush=True)
    return int(slow > 0)


def _compared(
    first: Callable[[], None], second: Callable[[], None], runs: int, clock: Callable[[], float]
) -> tuple[list[float], list[float]]:
    """Milliseconds of each run, once both are warm."""
    first(), second()
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        for ask, times in zip((first, second), took, strict=True):
            began = clock()
            ask()
            times.append((clock() - began) * 1000)
    return took


if __name__ == "__main__":
    main()
