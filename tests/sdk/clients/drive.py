"""Runs every scenario, or those that are named, and prints a JSON line for each.

python -m tests.sdk.clients.drive [SCENARIO…]
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import traceback

from tests.sdk.clients import refusals, speech, transcripts
from tests.sdk.clients.scenario import SCENARIOS, Stage

__all__ = ["SCENARIOS", "refusals", "speech", "transcripts"]


def main() -> None:
    stage = Stage.from_environment()
    for name in sys.argv[1:] or SCENARIOS:
        began = time.monotonic()
        wrong = outcome(name, stage)
        seconds = round(time.monotonic() - began, 2)
        print(json.dumps({"scenario": name, "wrong": wrong, "seconds": seconds}), flush=True)


def outcome(name: str, stage: Stage) -> str | None:
    """What was wrong, in words; None when nothing was."""
    try:
        running = SCENARIOS[name](stage)
        if running is not None:
            asyncio.run(running)
    except Exception:  # noqa: BLE001 - whatever it is, it is for the report
        return traceback.format_exc(limit=-3)
    return None


if __name__ == "__main__":
    main()
