"""A hold and its settlement, by the services and by hand. Import it once Django is set up."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import ApiKey, User
from wallet import services
from wallet.audit import audit
from wallet.models import TOTAL, JournalEntry, Posting, Spending, Wallet
from wallet.models.budgets import day_of, month_of

CREDIT, HELD, COST = 10**12, 900, 300
Pair = Callable[[int], None]

_users: list[User] = []
_keys: list[ApiKey] = []


@transaction.atomic
def open_accounts(count: int) -> None:
    """Each with a key, credit that the ledger explains, and budgets that have begun."""
    _users[:] = User.objects.bulk_create(User(email=f"{n}@example.com") for n in range(count))
    _keys[:] = ApiKey.objects.bulk_create(
        ApiKey(user=user, name="k", digest=user.email.encode(), pepper_id="p") for user in _users
    )
    Wallet.objects.bulk_create(Wallet(user=u, posted_micros=CREDIT, seq=1) for u in _users)
    entries = JournalEntry.objects.bulk_create(
        JournalEntry(kind="grant", idempotency_key=f"grant:{u.pk}", actor="bench", reason="bench")
        for u in _users
    )
    Posting.objects.bulk_create(
        posting for pair in zip(entries, _users, strict=True) for posting in _grant(*pair)
    )
    now = timezone.now()
    Spending.objects.bulk_create(
        Spending(user=key.user, api_key=of, period=period)
        for key in _keys
        for of, period in [(None, day_of(now)), (key, month_of(now)), (key, TOTAL)]
    )


def _grant(entry: JournalEntry, user: User) -> list[Posting]:
    theirs = {"account": "customer", "user": user, "wallet_seq": 1, "posted_after": CREDIT}
    return [
        Posting(entry=entry, number=1, amount_micros=CREDIT, **theirs),
        Posting(entry=entry, number=2, amount_micros=-CREDIT, account="promo"),
    ]


def see_that_all_is_whole() -> None:
    """What was written by hand passes the audit too: it has done the same."""
    breaches = audit().breaches
    assert not breaches, breaches[:3]


@contextmanager
def by_services() -> Iterator[Pair]:
    def pair(place: int) -> None:
        user, key, job_id = _users[place], _keys[place], uuid.uuid4()
        services.hold(user=user, job_id=job_id, amount_micros=HELD, seconds=60, api_key=key)
        services.settle(job_id=job_id, amount_micros=COST)

    try:
        yield pair
    finally:
        connection.close()


@contextmanager
def by_hand() -> Iterator[Pair]:
    """Not a query more than it takes, on a connection of its own."""
    opened: Any = _sqlite() if connection.vendor == "sqlite" else _postgresql()
    mark = "?" if connection.vendor == "sqlite" else "%s"
    begin = "BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN"
    sql = [statement.replace("?", mark) for statement in (*_HOLD, *_SETTLE)]
    statements, booking = dict(zip(_NAMES, sql, strict=True)), opened.cursor()

    def run(name: str, *values: Any) -> Any:
        booking.execute(statements[name], values)
        return booking

    def pair(place: int) -> None:
        user, key, job, now = _users[place].pk, _keys[place].pk, _id(), timezone.now()
        counted = (user, day_of(now), key, month_of(now))
        booking.execute(begin)
        hold = _id()
        run("hold", hold, user, job, key, HELD, _at(now), _at(now + timedelta(seconds=60)))
        assert run("reserve", HELD, user, HELD).rowcount == 1
        assert run("count", HELD, *counted).rowcount == 3
        booking.execute("COMMIT")
        booking.execute(begin)
        assert run("close", COST, _at(now), job, COST).rowcount == 1
        entry = run("entry", f"settlement:{uuid.UUID(str(job))}", hold, _at(now)).fetchone()[0]
        after, seq = run("charge", COST, HELD, user).fetchone()
        run("legs", entry, user, -COST, seq, after, entry, COST)
        run("uncount", HELD, COST, *counted)
        booking.execute("COMMIT")

    try:
        yield pair
    finally:
        opened.close()


_NAMES = ("hold", "reserve", "count", "close", "entry", "charge", "legs", "uncount")
_COUNTS_IN = (
    " WHERE (user_id = ? AND api_key_id IS NULL AND period = ?)"
    " OR (api_key_id = ? AND period IN ('total', ?))"
)
_HOLD = (
    "INSERT INTO wallet_hold (id, user_id, job_id, api_key_id, service, amount_micros,"
    " settled_micros, state, created_at, expires_at) VALUES (?, ?, ?, ?, '', ?, 0, 'open', ?, ?)",
    "UPDATE wallet_wallet SET held_micros = held_micros + ? WHERE user_id = ?"
    " AND posted_micros >= held_micros + ? AND debt_micros = 0 AND NOT is_frozen",
    "UPDATE wallet_spending SET held_micros = held_micros + ?" + _COUNTS_IN,
)
_SETTLE = (
    "UPDATE wallet_hold SET state = 'settled', settled_micros = ?, closed_at = ?"
    " WHERE job_id = ? AND state = 'open' AND amount_micros >= ?",
    "INSERT INTO wallet_journalentry (kind, idempotency_key, hold_id, actor, reason, request_id,"
    " created_at) VALUES ('settlement', ?, ?, 'worker', '', '', ?) RETURNING id",
    "UPDATE wallet_wallet SET posted_micros = posted_micros - ?, held_micros = held_micros - ?,"
    " seq = seq + 1 WHERE user_id = ? RETURNING posted_micros, seq",
    "INSERT INTO wallet_posting (entry_id, number, account, user_id, amount_micros, wallet_seq,"
    " posted_after) VALUES (?, 1, 'customer', ?, ?, ?, ?), (?, 2, 'revenue', NULL, ?, NULL, NULL)",
    "UPDATE wallet_spending SET held_micros = held_micros - ?, spent_micros = spent_micros + ?"
    + _COUNTS_IN,
)


def _sqlite() -> sqlite3.Connection:
    opened = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, timeout=20)
    opened.execute("PRAGMA synchronous=NORMAL")
    opened.execute("PRAGMA foreign_keys=ON")
    return opened


def _postgresql() -> psycopg.Connection[Any]:
    of = connection.settings_dict
    return psycopg.connect(
        dbname=of["NAME"], host=of["HOST"], port=of["PORT"], user=of["USER"], autocommit=True
    )


def _id() -> Any:
    """A new id, as the database keeps it."""
    return uuid.uuid4().hex if connection.vendor == "sqlite" else uuid.uuid4()


def _at(moment: datetime) -> Any:
    """A moment, as the database keeps it."""
    return str(moment.replace(tzinfo=None)) if connection.vendor == "sqlite" else moment
