"""Which tests pytest-xdist keeps on one worker, and which it begins with.

A unit runs on one worker, one test after the other: a module, as under `--dist loadscope`. But a
test that runs in both modes of the server belongs to a unit a mode, and modules that share a server
belong to one unit: otherwise each of them would start that server anew. The longest unit goes
first, so that no worker is left alone with it at the end; how long one is, the last run has told
(`durations`).

`pytest -n auto --dist loadscope` takes it from the root conftest.
"""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.harness.durations import Forecast, Stopwatch
from tests.harness.server import MODES

TOGETHER = (
    ("tests/sdk/clients/test_native.py", None),
    ("tests/sdk/clients/", "tests/sdk/clients"),
    ("tests/sdk/test_s3.py", None),
    ("tests/sdk/", "tests/sdk"),
    ("tests/faults/test_billing.py", None),
    ("tests/faults/test_webhooks.py", None),
    ("tests/faults/test_transcript_streams.py", None),
    ("tests/faults/test_demo_topup.py", None),
    ("tests/faults/", "tests/faults"),
    ("tests/media/test_fuzz.py", None),
    ("tests/media/", "tests/media"),
    ("tests/browser/", "tests/browser"),
)
"""(start of a path, unit); the first that fits counts. None: a module for itself."""

_MODE = re.compile(rf"\[(?:.*-)?({'|'.join(MODES)})(?:-.*)?\]$")


def unit_of(nodeid: str) -> str:
    """`tests/sdk grown-up`, `tests/faults/test_billing.py embedded`, `tests/wallet/test_api.py`."""
    module = nodeid.partition("::")[0]
    unit = next((unit for start, unit in TOGETHER if module.startswith(start)), None) or module
    mode = _MODE.search(nodeid)
    return f"{unit} {mode[1]}" if mode else unit


class LongestFirst(LoadScopeScheduling):
    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        self._forecast = Forecast.for_run(config)
        self._seconds: dict[str, float] = {}

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)

    def _assign_work_unit(self, node: Any) -> None:
        longest = max(self.workqueue, key=self._takes)
        self.workqueue.move_to_end(longest, last=False)
        super()._assign_work_unit(node)

    def _takes(self, unit: str) -> float:
        if unit not in self._seconds:
            self._seconds[unit] = self._forecast.seconds(self.workqueue[unit])
        return self._seconds[unit]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """As many as there are cores, and one more for the first lane: many a test of it waits for a
    server, a clock or a page. The thorough ones keep the cores busy, and have patience to lose."""
    is_first_lane = config.option.markexpr == "not thorough"
    return (os.cpu_count() or 1) + is_first_lane


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LongestFirst | None:
    """The schedule of a whole lane, which also measures it for the next one."""
    if config.getvalue("dist") != "loadscope":
        return None
    config.pluginmanager.register(Stopwatch(config))
    return LongestFirst(config, log)
