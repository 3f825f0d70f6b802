"""Statements that every request runs, built once.

Django takes ten times as long to build an UPDATE as SQLite to run it. Here it builds it the first
time, with `Given` in place of what differs, and only the values are put in from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import AutoField, Expression, Field, Model, QuerySet
from django.db.models.sql import InsertQuery, UpdateQuery


class Given(Expression):
    """A value that is given by its name whenever the statement is run."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]  # the statement puts the value in its place


@dataclass(frozen=True, slots=True)
class _Built:
    sql: str
    parameters: tuple[Any, ...]
    compiler: Any
    converters: dict[int, Any]


class Update:
    """A conditional UPDATE of one model, which may return columns of the rows that it changed.

    build: makes the rows, and what becomes of their columns; called once for a kind of database.
    returning: names of fields.
    """

    def __init__(
        self,
        build: Callable[[], tuple[QuerySet[Any], dict[str, Any]]],
        *,
        returning: Sequence[str] = (),
    ) -> None:
        self._build, self._returning = build, returning
        self._built: dict[str, _Built] = {}

    def count(self, **given: Any) -> int:
        """Run it; how many rows were changed."""
        changed, _ = self._run(given)
        return changed

    def rows(self, **given: Any) -> list[list[Any]]:
        """Run it; the columns of each row that was changed, as they are now."""
        _, rows = self._run(given)
        return rows

    def _run(self, given: dict[str, Any]) -> tuple[int, list[list[Any]]]:
        database = connections[DEFAULT_DB_ALIAS]
        built = self._built.get(database.vendor) or self._compiled(database)
        parameters = [
            each.output_field.get_db_prep_value(given[each.name], database)
            if isinstance(each, Given)
            else each
            for each in built.parameters
        ]
        watch = transaction.mark_for_rollback_on_error(using=database.alias)
        with watch, database.cursor() as cursor:
            cursor.execute(built.sql, parameters)
            if not self._returning:
                return cursor.rowcount, []
            # all of them: SQLite is not done before the last is read
            rows = cursor.fetchall()
        return len(rows), list(built.compiler.apply_converters(rows, built.converters))

    def _compiled(self, database: BaseDatabaseWrapper) -> _Built:
        rows, columns = self._build()
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(columns)
        compiler = query.get_compiler(connection=database)
        sql, parameters = compiler.as_sql()
        returned = [rows.model._meta.get_field(name) for name in self._returning]
        quote = database.ops.quote_name
        if returned:
            sql += f" RETURNING {', '.join(quote(field.column) for field in returned)}"
        table = rows.model._meta.db_table
        converters = compiler.get_converters([field.get_col(table) for field in returned])
        built = _Built(sql, tuple(parameters), compiler, converters)
        self._built[database.vendor] = built
        return built


def insert(*rows: Model) -> None:
    """Write new rows of one model, as `save(force_insert=True)` does, but for its signals."""
    database = connections[DEFAULT_DB_ALIAS]
    sql, fields = _insertion(type(rows[0]), len(rows), database.vendor)
    parameters = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection=database)
        for row in rows
        for field in fields
    ]
    watch = transaction.mark_for_rollback_on_error(using=database.alias)
    with watch, database.cursor() as cursor:
        cursor.execute(sql, parameters)
        keys = cursor.fetchall()
    for row, (key,) in zip(rows, keys, strict=True):
        if row.pk is None:
            row.pk = key
        row._state.adding, row._state.db = False, database.alias


@cache
def _insertion(model: type[Model], rows: int, vendor: str) -> tuple[str, list[Any]]:
    """The statement, and the fields whose values it is given for each row."""
    fields: list[Any] = [f for f in model._meta.concrete_fields if not isinstance(f, AutoField)]
    made = model(**{field.attname: Given(field.attname, field) for field in fields})
    query: Any = InsertQuery(model)
    query.insert_values(fields, [made] * rows)
    compiler = query.get_compiler(connection=connections[DEFAULT_DB_ALIAS])
    compiler.returning_fields = [model._meta.pk]
    ((sql, parameters),) = compiler.as_sql()
    if len(parameters) != rows * len(fields):
        raise TypeError(f"A field of {model.__name__} puts SQL of its own into an INSERT.")
    return sql, fields
