"""Money among threads, processes and crashes, and what the database forbids, on PostgreSQL."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.harness.postgres import Postgres
from tests.postgres.again import SUITE_SECONDS, assert_pass_on_postgresql


@pytest.mark.timeout(SUITE_SECONDS + 20)
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="the whole run is on that database")
def test_the_races_pass_on_postgresql(postgres_cluster: Postgres, tmp_path: Path) -> None:
    assert_pass_on_postgresql(postgres_cluster, tmp_path, "database and race and not thorough")
