"""The tests marked `database` once more, on PostgreSQL: at once what depends on its locks and rules
(marked `race`), the others in `make test-all`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import uuid
from pathlib import Path

from tests.harness.postgres import Postgres
from tests.harness.programs import ROOT

OPTIONS = ("-q", "-p", "no:cacheprovider", "-p", "tests.postgres.emptying")
SUITE_SECONDS = 1_200
"""Several times what a quiet machine of two cores takes."""


def assert_pass_on_postgresql(
    cluster: Postgres, data_dir: Path, marked: str, *arguments: str
) -> None:
    """Run the tests with these marks on a database of their own; fails with what pytest said."""
    url = cluster.create_database(f"audiopod_{uuid.uuid4().hex[:8]}")
    outer = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    env = outer | {"DATABASE_URL": url, "DATA_DIR": str(data_dir)}
    env.setdefault("MODELS_DIR", str(ROOT / "var" / "models"))

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", marked, *OPTIONS, *arguments],
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
