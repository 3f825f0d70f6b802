"""Databases that have run the migrations already, for a server to start from a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.harness.postgres import Postgres

SQLITE = "audiopod.sqlite3"
"""What the product calls its file in DATA_DIR."""


class Migrated:
    """Holds a copy of the first server's database, of each kind; empty but for its tables."""

    def __init__(self, folder: Path) -> None:
        self._sqlite = folder / SQLITE
        self._database = ""

    def prepare(self, data_dir: Path) -> None:
        """Put a copy where an embedded server looks for its database; nothing before `keep`."""
        if self._sqlite.exists():
            data_dir.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._sqlite, data_dir / SQLITE)

    def keep(self, data_dir: Path) -> None:
        if not self._sqlite.exists():
            shutil.copyfile(data_dir / SQLITE, self._sqlite)

    def create_database(self, cluster: Postgres, name: str) -> str:
        """The DATABASE_URL of a new copy, empty before `keep_database`."""
        return cluster.create_database(name, template=self._database)

    def keep_database(self, cluster: Postgres, name: str) -> None:
        """Nobody may be connected to it."""
        if not self._database:
            cluster.create_database(f"{name}_migrated", template=name)
            self._database = f"{name}_migrated"
