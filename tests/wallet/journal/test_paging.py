"""Every line is on one page and once in the file, whatever is asked for and whatever happened."""

from __future__ import annotations

import csv
import io
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from asgiref.sync import async_to_sync

from accounts.models import User
from accounts.services import create_api_key
from tests.dashboard.statements.conftest import JOINED, History
from wallet.journal import LedgerFilters, LedgerLine, export, newest, page, paging
from wallet.journal.csv_rows import COLUMNS
from wallet.models import JournalEntry, Posting, Wallet

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short past has many pages."""
    monkeypatch.setattr(paging, "LINES_A_PAGE", 7)
    monkeypatch.setattr(paging, "SEARCHED_A_PAGE", 25)
    monkeypatch.setattr(paging, "CLOCKS_DIFFER", 2)
    monkeypatch.setattr(export, "NUMBERS_AT_A_TIME", 10)


@pytest.fixture
def past(user: User, stranger: User) -> User:
    """An account that lived through some weeks, with two keys and without one, beside another."""
    History(stranger).grant(1)
    User.objects.filter(pk=user.pk).update(date_joined=JOINED)
    history, chance = History(user), random.Random(4)
    for name in (None, "Laptop", "Phone"):
        history.key = create_api_key(user=user, name=name)[0] if name else None
        history.live(chance, steps=20)
        _in_debt(history)
    return user


def _in_debt(history: History) -> None:
    """What is refunded after it was spent moves only the debt, and the next credit pays it."""
    history.wait(days=2)
    payments = [history.top_up(300) for _ in range(3)]
    left = Wallet.objects.get(pk=history.user.pk)
    history.adjust(-left.available_micros)
    for payment in payments:
        history.refund(payment, 300)
    history.grant(10_000_000)


def every_line(asked: LedgerFilters) -> list[LedgerLine]:
    """Those of all the pages, from the newest on."""
    found, before = [], None
    for _ in range(200):
        shown = page(asked, before=before)
        found += shown.lines
        before = shown.before
        if before is None:
            return found
    raise AssertionError("the pages do not end")


def rows_of(asked: LedgerFilters) -> list[dict[str, str]]:
    async def whole() -> bytes:
        return b"".join([part async for part in export.csv_of(asked)])

    return list(csv.DictReader(io.StringIO(async_to_sync(whole)().decode())))


def entries_of(user: User, **where: object) -> set[int]:
    mine = Posting.objects.filter(user=user, entry__in=JournalEntry.objects.filter(**where))
    return set(mine.values_list("entry", flat=True))


def test_pages_and_file_have_every_line_once(past: User) -> None:
    everything = LedgerFilters(user=past)

    lines = every_line(everything)
    rows = rows_of(everything)

    ids = [line.entry.pk for line in lines]
    assert len(ids) == len(set(ids)) > 50
    assert set(ids) == entries_of(past)
    assert [int(row["entry"]) for row in rows] == ids[::-1]
    assert any(line.balance_after_micros is None for line in lines), "debts alone are among them"


def test_each_balance_follows_from_the_one_before(past: User) -> None:
    balance = owed = 0
    for line in reversed(every_line(LedgerFilters(user=past))):
        balance += line.amount_micros
        owed += line.debt_change_micros
        assert line.balance_after_micros in {balance, None}
    wallet = Wallet.objects.get(pk=past.pk)
    assert (balance, owed) == (wallet.posted_micros, wallet.debt_micros)


@pytest.mark.parametrize("kind", JournalEntry.Kind.values)
def test_one_kind(kind: str, past: User) -> None:
    asked = LedgerFilters(user=past, kind=kind)
    ids = [line.entry.pk for line in every_line(asked)]
    assert len(ids) == len(set(ids))
    assert set(ids) == entries_of(past, kind=kind)
    assert [int(row["entry"]) for row in rows_of(asked)] == ids[::-1]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 9, 1), None),
        (None, date(2026, 9, 1)),
        (date(2026, 9, 1), date(2026, 9, 30)),
        (date(2026, 9, 10), date(2026, 9, 10)),
        (date(2000, 1, 1), date(2000, 1, 2)),
        (date(2199, 1, 1), None),
        (None, date(2199, 12, 31)),
    ],
)
def test_some_days(first: date | None, last: date | None, past: User) -> None:
    asked = LedgerFilters(user=past, first=first, last=last)
    where = {}
    if first:
        where["created_at__gte"] = datetime.combine(first, datetime.min.time(), tzinfo=UTC)
    if last:
        end = datetime.combine(last, datetime.min.time(), tzinfo=UTC) + timedelta(days=1)
        where["created_at__lt"] = end

    ids = [line.entry.pk for line in every_line(asked)]

    assert len(ids) == len(set(ids))
    assert set(ids) == entries_of(past, **where)
    assert [int(row["entry"]) for row in rows_of(asked)] == ids[::-1]


def test_one_key_and_none(past: User) -> None:
    for key in past.api_keys.all():
        ids = {line.entry.pk for line in every_line(LedgerFilters(user=past, key=key))}
        assert ids == entries_of(past, hold__api_key=key) != set()
    ids = {line.entry.pk for line in every_line(LedgerFilters(user=past, is_playground=True))}
    assert ids == entries_of(past, hold__isnull=False, hold__api_key=None) != set()


def test_a_search_is_cut_where_it_would_take_long(user: User) -> None:
    # Given a grant, and then 60 requests
    history = History(user)
    history.grant(10_000_000)
    for _ in range(60):
        history.spend(1_000)

    first = page(LedgerFilters(user=user, kind="grant"))
    assert (first.lines, first.is_cut) == ([], True)
    second = page(LedgerFilters(user=user, kind="grant"), before=first.before)
    third = page(LedgerFilters(user=user, kind="grant"), before=second.before)
    assert [line.entry.kind for line in third.lines] == ["grant"]
    assert (third.before, third.is_cut) == (None, False)


def test_clocks_that_disagree_at_midnight_lose_nothing(user: User) -> None:
    history = History(user)
    history.now = datetime(2026, 9, 1, 0, 0, 0, 20_000, tzinfo=UTC)
    history.grant(1)
    history.now = datetime(2026, 8, 31, 23, 59, 59, 980_000, tzinfo=UTC)
    history.grant(2)

    august = page(LedgerFilters(user=user, last=date(2026, 8, 31)))
    september = page(LedgerFilters(user=user, first=date(2026, 9, 1)))

    assert [line.amount_micros for line in august.lines] == [2]
    assert [line.amount_micros for line in september.lines] == [1]


@pytest.mark.parametrize("before", [0, 1, 10**17])
def test_a_page_that_is_none(before: int, past: User) -> None:
    assert page(LedgerFilters(user=past), before=before).lines == [] or before > 1


def test_an_account_without_a_wallet(user: User) -> None:
    assert (
        page(LedgerFilters(user=user)).lines
        == newest(user)
        == rows_of(LedgerFilters(user=user))
        == []
    )


def test_the_newest_lines_are_those_of_the_first_pages(past: User) -> None:
    lines = newest(past)
    assert len(lines) == 20
    assert lines == every_line(LedgerFilters(user=past))[:20]


def test_the_file_is_exact_and_harmless(user: User) -> None:
    key, _ = create_api_key(user=user, name="=HYPERLINK(1)")
    history = History(user, key)
    history.grant(1_000_000)
    history.spend(5_601)

    grant, request = rows_of(LedgerFilters(user=user))

    assert list(grant) == COLUMNS
    assert (grant["amount_usd"], grant["balance_after_usd"]) == ("1.000000", "1.000000")
    assert (request["amount_usd"], request["balance_after_usd"]) == ("-0.003734", "0.996266")
    assert request["key"] == "'=HYPERLINK(1)"
    assert (request["kind"], grant["description"]) == ("settlement", "a test")
