"""Database triggers that keep the ledger append-only, on SQLite and on PostgreSQL.

SQLite drops a table's triggers whenever Django rebuilds that table: a migration that alters
`JournalEntry` or `Posting` ends with `RunPython(install)`; the audit reports missing ones.
On PostgreSQL a deferred trigger also refuses entries whose postings do not sum to zero.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db.backends.base.base import BaseDatabaseWrapper

ENTRY, POSTING = "wallet_journalentry", "wallet_posting"
_REFUSAL = "The ledger is append-only: book a correcting entry instead."

# 23001 (restrict_violation) and 23514 (check_violation) arrive in Django as IntegrityError,
# as does SQLite's RAISE(ABORT).
_POSTGRESQL_FUNCTIONS = (
    f"""
    CREATE OR REPLACE FUNCTION wallet_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = '23001';
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION wallet_require_balance() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        subject bigint;
        legs bigint;
        total numeric;
    BEGIN
        IF TG_TABLE_NAME = 'wallet_journalentry' THEN
            subject := NEW.id;
        ELSE
            subject := NEW.entry_id;
        END IF;
        SELECT count(*), coalesce(sum(amount_micros), 0) INTO legs, total
            FROM wallet_posting WHERE entry_id = subject;
        IF legs < 2 OR total <> 0 THEN
            RAISE EXCEPTION 'Journal entry % does not balance: % postings sum to %.',
                subject, legs, total USING ERRCODE = '23514';
        END IF;
        RETURN NULL;
    END $$
    """,
)


def _definitions(vendor: str) -> Iterator[tuple[str, str, str]]:
    """Name, table and SQL of every trigger of a database vendor."""
    for table in (ENTRY, POSTING):
        if vendor == "postgresql":
            refuse = "EXECUTE FUNCTION wallet_refuse_change()"
            name = f"{table}_append_only"
            yield (
                name,
                table,
                (f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {refuse}"),
            )
            name = f"{table}_no_truncate"
            yield (
                name,
                table,
                (f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}"),
            )
            name = f"{table}_balances"
            yield (
                name,
                table,
                (
                    f"CREATE CONSTRAINT TRIGGER {name} AFTER INSERT ON {table}"
                    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
                    " EXECUTE FUNCTION wallet_require_balance()"
                ),
            )
        elif vendor == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                name = f"{table}_no_{verb.lower()}"
                yield (
                    name,
                    table,
                    (
                        f"CREATE TRIGGER {name} BEFORE {verb} ON {table}"
                        f" BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
                    ),
                )
        else:
            raise NotImplementedError(f"Use PostgreSQL or SQLite: no triggers for {vendor}.")


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every trigger in place, anew where it exists."""
    remove(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for function in _POSTGRESQL_FUNCTIONS:
                cursor.execute(function)
        for _name, _table, definition in _definitions(connection.vendor):
            cursor.execute(definition)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take every trigger away: for the reverse of a migration, and to empty a test database."""
    with connection.cursor() as cursor:
        for name, table, _definition in _definitions(connection.vendor):
            on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of the triggers that are not there, or are switched off."""
    present = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(present)
        found = {name for (name,) in cursor.fetchall()}
    return [name for name, _, _ in _definitions(connection.vendor) if name not in found]
