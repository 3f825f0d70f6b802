"""What each test took, so that the schedule knows which units are long.

A run of a whole lane leaves it in pytest's cache, and the next run goes by it. A fresh clone goes
by `durations.json`; `make test-all`, then `python -m tests.harness.durations`, makes that anew.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.harness.programs import ROOT

CACHE_KEY = "audiopod/durations"
CACHED = ROOT / ".pytest_cache" / "v" / CACHE_KEY
CHECKED_IN = Path(__file__).with_name("durations.json")
LONG_SECONDS = 1.0
"""The file names the tests that take as long."""
USUAL_SECONDS = 0.05
"""Of a test of which nothing is known."""


def known_as(nodeid: str) -> str:
    """A test without its folder: it takes as long after a move."""
    module, colons, test = nodeid.partition("::")
    return module.rpartition("/")[2] + colons + test


class Forecast:
    """How long tests are going to take, by what they took before."""

    def __init__(self, seconds: Mapping[str, float]) -> None:
        self._seconds = seconds

    @classmethod
    def for_run(cls, config: pytest.Config) -> Forecast:
        """By this machine's last run; by the file, for what that did not run."""
        cache = getattr(config, "cache", None)  # absent under `-p no:cacheprovider`
        last: dict[str, float] = cache.get(CACHE_KEY, {}) if cache else {}
        return cls(json.loads(CHECKED_IN.read_text()) | last)

    def seconds(self, nodeids: Iterable[str]) -> float:
        """Of these tests, one after the other."""
        return sum(self._seconds.get(known_as(nodeid), USUAL_SECONDS) for nodeid in nodeids)


class Stopwatch:
    """A plugin that adds up what each test of a run takes, with its fixtures."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._seconds: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[known_as(report.nodeid)] += report.duration

    def pytest_sessionfinish(self) -> None:
        if cache := getattr(self._config, "cache", None):
            cache.set(CACHE_KEY, {test: round(took, 2) for test, took in self._seconds.items()})


def long_ones(seconds: Mapping[str, float]) -> dict[str, float]:
    """What the checked-in file says of a run, in the order of names."""
    return {test: round(took, 1) for test, took in sorted(seconds.items()) if took >= LONG_SECONDS}


if __name__ == "__main__":
    kept = long_ones(json.loads(CACHED.read_text()))
    CHECKED_IN.write_text(json.dumps(kept, indent=0, ensure_ascii=False) + "\n")
    print(f"{CHECKED_IN.relative_to(ROOT)}: {len(kept)} tests, {sum(kept.values()):.0f} s")
