"""Breaks a call off in the middle, as a process does that dies there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db import OperationalError, connection

APPS = ("accounts", "wallet", "audio_api")
Row = dict[str, Any]
Rows = dict[str, list[Row]]


class Crash(BaseException):
    """Not an Exception: nothing that a program does about errors may save it."""


class Statements:
    """Counts those that read or write a table; the begin and end of transactions are no work."""

    def __init__(self, crash_after: int | None) -> None:
        self.seen, self.crash_after = 0, crash_after

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        result = execute(sql, params, many, context)
        if sql.split(None, 1)[0] not in {"SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN"}:
            self.seen += 1
            if self.seen == self.crash_after:
                raise Crash(sql)
        return result


@contextmanager
def crash_after(statements: int | None) -> Iterator[Statements]:
    """Crash when so many statements are through; None: only count them."""
    counter = Statements(statements)
    with connection.execute_wrapper(counter):
        yield counter


@contextmanager
def failing_commit(*, lost: bool) -> Iterator[None]:
    """The database goes away at the commit: before it is done, or (lost) only the answer is."""
    real = connection._commit

    def commit() -> None:
        if lost:
            real()
        raise OperationalError("The test cut the connection at the commit.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "_commit", commit)
        yield


def rows() -> Rows:
    """Everything there is, row by row, in the tables of our apps."""
    return {table: list(_rows_of(table)) for table in _tables()}


def _tables() -> list[str]:
    return [m._meta.db_table for app in APPS for m in apps.get_app_config(app).get_models()]


def _rows_of(table: str) -> Iterator[Row]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
        columns = [column[0] for column in cursor.description]
        for row in cursor.fetchall():
            yield dict(zip(columns, row, strict=True))
