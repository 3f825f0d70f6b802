"""What SQLite's query planner knows of its tables. PostgreSQL sees to that by itself."""

from __future__ import annotations

from django.db import connection

ROWS_LOOKED_AT = 400
"""Of each index: a few milliseconds, however large it is."""
REFRESH_SECONDS = 3600


def refresh() -> int:
    """Look at the tables as they are now.

    Without this SQLite takes every index for as good as any other that begins with the same
    column, and looks at all of an account's requests to find those of one key and voice.
    Returns 0, as a chore that is nothing to report.
    """
    if connection.vendor != "sqlite":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit={ROWS_LOOKED_AT}")
        cursor.execute("ANALYZE")
    return 0
