"""Processes that live at random on the database of DATABASE_URL, and are killed at random.

`python -m tests.wallet.nursery SECONDS SEED` prints how many died, and how many steps they say
they had done.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time

import django

PROCESSES = 4
LIFE_SECONDS = (0.1, 0.8)


def live(seed: int, report: int) -> None:
    """Until killed. A byte goes to `report` for every step."""
    from tests.wallet.living import Life

    life = Life(seed)
    while True:
        life.step()
        os.write(report, b".")


def main(seconds: float, seed: int) -> None:
    chance = random.Random(seed)
    # nothing here has spoken to the database yet: a fork would share the connection
    heard, report = os.pipe()
    os.set_blocking(heard, False)
    children = [_born(chance, report) for _ in range(PROCESSES)]
    deaths, over = 0, time.monotonic() + seconds
    while time.monotonic() < over:
        time.sleep(chance.uniform(*LIFE_SECONDS))
        place = chance.randrange(PROCESSES)
        _kill(children[place])
        children[place] = _born(chance, report)
        deaths += 1
    for child in children:
        _kill(child)
    print(deaths, len(os.read(heard, 1 << 20)))


def _born(chance: random.Random, report: int) -> int:
    seed = chance.randrange(2**32)
    child = os.fork()
    if not child:
        try:
            live(seed, report)
        finally:
            os._exit(1)
    return child


def _kill(child: int) -> None:
    """It is alive until now: whoever ends by itself has failed."""
    ended, status = os.waitpid(child, os.WNOHANG)
    assert not ended, f"a process ended by itself: {status}"
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


if __name__ == "__main__":
    django.setup()
    main(float(sys.argv[1]), int(sys.argv[2]))
