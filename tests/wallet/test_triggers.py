"""The ledger is append-only and balanced, whoever speaks SQL to the database."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from wallet.models import JournalEntry, Posting

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.race]


@pytest.mark.parametrize("table", ["wallet_posting", "wallet_journalentry"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id + 1000", "DELETE FROM {}"])
def test_the_ledger_is_append_only(rich, table, verb):
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(verb.format(table))


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no TRUNCATE")
@pytest.mark.parametrize("table", ["wallet_posting", "wallet_journalentry"])
def test_the_ledger_is_not_truncated(user, table):
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no deferred triggers")
@pytest.mark.parametrize("amounts", [[], [5], [5, -4]])
def test_an_unbalanced_entry_is_refused_at_commit(user, amounts):
    with transaction.atomic():
        entry = JournalEntry.objects.create(
            kind="adjustment", idempotency_key="x", actor="a", reason="r"
        )
        for number, amount in enumerate(amounts):
            Posting.objects.create(
                entry=entry, number=number, account="promo", amount_micros=amount
            )
        with pytest.raises(IntegrityError, match="does not balance"):
            connection.check_constraints()
        transaction.set_rollback(True)
