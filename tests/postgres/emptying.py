"""Empties a test database on PostgreSQL row by row; a plugin of `again`'s pytest.

Django truncates, and PostgreSQL then makes new files for every table and every index, which takes
tens of times as long as deleting the few rows that a test leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql.base import DatabaseOperations

KEPT = ("django_content_type", "auth_permission")
"""Django fills these itself after every emptying; what is there already, it need not write."""


def delete_all(
    self: DatabaseOperations, style: Any, tables: Sequence[str], **_options: Any
) -> list[str]:
    """The statements; Django runs them in one transaction."""
    # foreign keys are looked at by triggers, which a replica's session does without
    unchecked = "SET LOCAL session_replication_role = replica"
    emptied = [table for table in tables if table not in KEPT]
    deletions = [f"DELETE FROM {self.quote_name(table)}" for table in emptied]
    checked = "SET LOCAL session_replication_role = origin"
    return [unchecked, *deletions, checked] if tables else []


def pytest_configure() -> None:
    DatabaseOperations.sql_flush = delete_all
