"""The schedule learns from the run before it, on a machine of its own or on any."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.durations import CHECKED_IN, Forecast, known_as, long_ones
from tests.harness.programs import ROOT

A_RUN = """
import time, pytest

@pytest.fixture
def slow_start():
    time.sleep(0.3)

def test_long(slow_start): time.sleep(0.2)
def test_short(): pass
"""


def test_a_test_takes_as_long_in_another_folder() -> None:
    forecast = Forecast({"test_a.py::test_b[x/y::z]": 7.0})
    assert forecast.seconds(["tests/old/test_a.py::test_b[x/y::z]"]) == 7
    assert forecast.seconds(["tests/new/home/test_a.py::test_b[x/y::z]"]) == 7


def test_a_test_of_which_nothing_is_known_is_thought_short() -> None:
    assert 0 < Forecast({}).seconds(["tests/test_new.py::test_it"]) < 1


def test_the_checked_in_file_names_long_tests_only() -> None:
    known = json.loads(CHECKED_IN.read_text())
    assert known
    assert long_ones(known) == known
    assert [test for test in known if known_as(test) != test] == []


@pytest.mark.thorough
def test_a_whole_run_is_measured_with_its_fixtures(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(A_RUN)
    (tmp_path / "conftest.py").write_text(
        "from tests.harness.schedule import pytest_xdist_make_scheduler"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:django", "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [*command, "-c", "/dev/null", "-n", "1", "--dist", "loadscope", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    took = json.loads((tmp_path / ".pytest_cache/v/audiopod/durations").read_text())
    assert took["test_it.py::test_long"] >= 0.5
    assert took["test_it.py::test_short"] < took["test_it.py::test_long"]
