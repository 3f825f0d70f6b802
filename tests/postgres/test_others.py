"""Every other test marked `database`, but for races, once more on PostgreSQL."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.harness.postgres import Postgres
from tests.postgres.again import SUITE_SECONDS, assert_pass_on_postgresql


@pytest.mark.thorough
@pytest.mark.timeout(SUITE_SECONDS + 20)
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="the whole run is on that database")
def test_the_other_tests_pass_on_postgresql(postgres_cluster: Postgres, tmp_path: Path) -> None:
    marked = "database and (thorough or not race)"
    assert_pass_on_postgresql(postgres_cluster, tmp_path, marked, "--ignore=tests/wallet")
