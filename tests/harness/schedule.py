"""Which tests pytest-xdist keeps on one worker, and which it begins with.

A unit runs on one worker, one test after the other: a module, as under `--dist loadscope`. But a
test that runs in both modes of the server belongs to a unit a mode, and modules that share a server
belong to one unit: otherwise each of them would start that server anew. The longest unit goes
first, so that no worker is left alone with it at the end.

`pytest -n 2 --dist loadscope` takes it from the root conftest.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from xdist.scheduler import LoadScopeScheduling

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

SECONDS: Mapping[str, float] = {
    "tests/browser": 360,
    "tests/postgres/test_wallet.py": 180,
    "tests/sdk embedded": 170,
    "tests/sdk grown-up": 165,
    "tests/audio/engines/test_contract.py": 150,
    "tests/sdk/clients": 130,
    "tests/postgres/test_others.py": 110,
    "tests/fuzz_api/test_schema.py": 75,
    "tests/audio/engines/test_whisper.py": 45,
    "tests/audio_api/management/test_run.py": 30,
    "tests/sdk/clients/test_native.py": 30,
    "tests/wallet/test_processes.py": 25,
    "tests/audiopod/test_gate_sockets.py": 22,
    "tests/audio/weights/test_fetching.py": 20,
    "tests/audiopod/queue/test_doorbell.py": 20,
}
"""About what the long units take on a machine of two cores, their servers' start included.

`python -m tests.harness.schedule report.xml` adds it up from a report of `pytest --junitxml`.
"""
SECONDS_A_TEST = 0.1
"""Of a unit that is not listed."""

_MODE = re.compile(rf"\[(?:.*-)?({'|'.join(MODES)})(?:-.*)?\]$")


def unit_of(nodeid: str) -> str:
    """`tests/sdk grown-up`, `tests/faults/test_billing.py embedded`, `tests/wallet/test_api.py`."""
    module = nodeid.partition("::")[0]
    unit = next((unit for start, unit in TOGETHER if module.startswith(start)), None) or module
    mode = _MODE.search(nodeid)
    return f"{unit} {mode[1]}" if mode else unit


class LongestFirst(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)

    def _assign_work_unit(self, node: Any) -> None:
        longest = max(self.workqueue, key=self._seconds)
        self.workqueue.move_to_end(longest, last=False)
        super()._assign_work_unit(node)

    def _seconds(self, unit: str) -> float:
        return SECONDS.get(unit, SECONDS_A_TEST * len(self.workqueue[unit]))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LongestFirst | None:
    return LongestFirst(config, log) if config.getvalue("dist") == "loadscope" else None


def measured(report: Path) -> Counter[str]:
    """What each unit took, in seconds, by a report of `pytest --junitxml`."""
    seconds: Counter[str] = Counter()
    for case in ElementTree.parse(report).iter("testcase"):
        module = (case.get("classname") or "").replace(".", "/")
        seconds[unit_of(f"{module}.py::{case.get('name')}")] += float(case.get("time") or 0)
    return seconds


if __name__ == "__main__":
    for path in sys.argv[1:]:
        for unit, seconds in measured(Path(path)).most_common(20):
            print(f"{seconds:6.0f} {unit}")
