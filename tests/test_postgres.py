"""Every test marked `database`, once more on PostgreSQL."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.postgres import Postgres
from tests.harness.programs import ROOT

SUITE_SECONDS = 580


@pytest.mark.timeout(SUITE_SECONDS + 20)
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="the whole run is on that database")
def test_the_database_tests_pass_on_postgresql(postgres_cluster: Postgres, tmp_path: Path) -> None:
    url = postgres_cluster.create_database("audiopod")
    outer = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    env = outer | {"DATABASE_URL": url, "DATA_DIR": str(tmp_path)}
    env.setdefault("MODELS_DIR", str(ROOT / "var" / "models"))

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "database", "-q", "-p", "no:cacheprovider"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=SUITE_SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed, done.stdout[-2000:]
    assert int(passed[1]) > 0
