"""Lets a test database be emptied, which the ledger's triggers would refuse.

Only here, around the flush that ends a transactional test, are they taken away; then they are
put back, with the rates that the migrations seed. Production has no way round them.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from wallet import triggers


@pytest.fixture(scope="session", autouse=True)
def flushable_ledger() -> Iterator[None]:
    operations = type(connection.ops)
    flush = operations.execute_sql_flush
    seed_rates = importlib.import_module("wallet.migrations.0008_price_list").seed

    def flush_unguarded(self: Any, sql_list: list[str]) -> None:
        triggers.remove(self.connection)
        try:
            flush(self, sql_list)
        finally:
            triggers.install(self.connection)
        seed_rates(apps, None)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "execute_sql_flush", flush_unguarded)
        yield
