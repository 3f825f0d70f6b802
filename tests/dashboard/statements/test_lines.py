"""The CSV: every line of the ledger in order, with what it was for."""

from __future__ import annotations

import csv
import io
import random
import tracemalloc
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import translation

from accounts.models import ApiKey, User
from accounts.services import create_api_key
from audio_api.models import Job
from audiopod.common.months import Month
from audiopod.common.spreadsheets import harmless
from dashboard import statements
from dashboard.statements.lines import write_csv
from tests.clock import at
from tests.dashboard.statements.conftest import History
from wallet import services, triggers
from wallet.journal.csv_rows import COLUMNS
from wallet.models import Hold, JournalEntry, Posting, Wallet
from wallet.offers import Offer
from wallet.services import movements

pytestmark = [pytest.mark.database, pytest.mark.django_db]

AUGUST, SEPTEMBER = Month(2026, 8), Month(2026, 9)


def rows_of(user: User, month: Month) -> list[dict[str, str]]:
    text = io.StringIO(newline="")
    count = write_csv(user, month, text)
    rows = list(csv.DictReader(io.StringIO(text.getvalue(), newline="")))
    assert len(rows) == count
    return rows


def micros(usd: str) -> int:
    whole, decimals = usd.lstrip("-").split(".")
    assert len(decimals) == 6
    return (-1 if usd.startswith("-") else 1) * int(whole + decimals)


def test_each_line_says_what_it_was_for(history: History, ada: User) -> None:
    history.grant(1_000_000)
    history.wait(seconds=1.5)
    job = history.spend(5_601, voice_name="nova")

    granted, spent = rows_of(ada, AUGUST)

    entries = JournalEntry.objects.order_by("pk")
    assert list(granted) == COLUMNS
    assert granted == dict.fromkeys(COLUMNS, "") | {
        "time_utc": "2026-08-20T12:00:00.000000Z",
        "entry": str(entries[0].pk),
        "kind": "grant",
        "description": "a test",
        "amount_usd": "1.000000",
        "balance_after_usd": "1.000000",
    }
    assert spent == {
        "time_utc": "2026-08-20T12:00:01.500000Z",
        "entry": str(entries[1].pk),
        "kind": "settlement",
        "description": "speech, nova",
        "seconds": "5.601",
        "usd_per_minute": "0.040000",
        "job": str(job.pk),
        "request": job.request_id,
        "key": "Laptop",
        "amount_usd": "-0.003734",
        "balance_after_usd": "0.996266",
        "debt_change_usd": "",
    }


def test_a_kind_of_work_that_has_no_job_tells_what_it_was(
    history: History, ada: User, toy_service: Offer
) -> None:
    history.grant(1_000_000)
    job = uuid.uuid4()
    told = {"service": toy_service.service_type, "price_micros_per_minute": 3_000}
    with at(history.now):
        services.hold(user=ada, job_id=job, amount_micros=900, seconds=60, **told)
        services.settle(job_id=job, amount_micros=500, billed_ms=10_000)

    row = rows_of(ada, AUGUST)[1]
    [charge] = statements.summarize(ada, AUGUST).charges

    assert (row["description"], row["seconds"], row["usd_per_minute"]) == (
        "toy making",
        "10.000",
        "0.003000",
    )
    assert (charge.name, charge.requests, charge.audio_ms, charge.micros) == (
        "toy making",
        1,
        10_000,
        500,
    )


def test_the_words_of_a_line_are_the_readers(history: History, ada: User) -> None:
    history.grant(1_000_000)
    history.spend(5_601, voice_name="nova")
    with translation.override("de"):
        row = rows_of(ada, AUGUST)[1]
    assert (row["description"], row["seconds"]) == ("Sprachausgabe, nova", "5.601")


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(n, marks=pytest.mark.thorough) for n in (1, 2))]
)
def test_the_lines_of_any_past_add_up(seed: int, ada: User) -> None:
    past = History(ada, create_api_key(user=ada, name="Laptop")[0])
    past.live(random.Random(seed), steps=120)

    balance = owed = 0
    with at(past.now):
        month = AUGUST
        while month <= Month.of(past.now):
            for row in rows_of(ada, month):
                balance += micros(row["amount_usd"])
                owed += micros(row["debt_change_usd"] or "0.000000")
                assert balance == micros(row["balance_after_usd"])
            month = month.next

    wallet = Wallet.objects.get(pk=ada.pk)
    assert (balance, owed) == (wallet.posted_micros, wallet.debt_micros)


def test_what_moves_only_the_debt_has_a_line(history: History, ada: User) -> None:
    payment = history.top_up(500)
    history.spend(7_440_000)
    history.refund(payment, 500)
    history.refund(history.top_up(100), 100)
    history.grant(200_000)

    told = [
        (row["kind"], row["amount_usd"], row["balance_after_usd"], row["debt_change_usd"])
        for row in rows_of(ada, AUGUST)
    ]

    assert told == [
        ("topup", "5.000000", "5.000000", ""),
        ("settlement", "-4.960000", "0.040000", ""),
        ("refund", "-0.040000", "0.000000", "4.960000"),
        ("topup", "0.000000", "0.000000", "-1.000000"),
        ("refund", "0.000000", "0.000000", "1.000000"),
        ("grant", "0.000000", "0.000000", "-0.200000"),
    ]


def test_entries_of_one_moment_may_reach_the_wallet_in_another_order(
    history: History, ada: User
) -> None:
    """As on PostgreSQL, where two entries are made before either has the lock of the wallet."""
    history.top_up(500)
    with at(history.now), transaction.atomic():
        back, given = (
            JournalEntry.objects.create(kind=kind, idempotency_key=kind, actor="a", reason="r")
            for kind in ("refund", "grant")
        )
        movements.put(given, user=ada, amount_micros=1_000_000, against="promo")
        movements.take_back(back, user=ada, amount_micros=7_000_000, against="stripe")

    told = [(row["kind"], row["debt_change_usd"]) for row in rows_of(ada, AUGUST)]

    assert told == [("topup", ""), ("grant", ""), ("refund", "1.000000")]


def test_names_that_would_be_formulas(history: History, ada: User) -> None:
    history.grant(1_000_000)
    history.spend(1_000, voice_name='=HYPERLINK("http://evil.example","x")')
    ApiKey.objects.filter(pk=history.key and history.key.pk).update(
        name="@SUM(1+1)*cmd|' /C calc'!A0"
    )

    row = rows_of(ada, AUGUST)[1]

    assert row["key"].startswith("'@SUM")
    assert row["description"] == 'speech, =HYPERLINK("http://evil.example","x")'
    assert row["amount_usd"] == "-0.000667"  # a number is no formula


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1", "\uff1d1", "\nx"])
def test_an_apostrophe_before_what_begins_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Laptop", "a=b", "x-1", "日本", "1@2"])
def test_other_words_stay(text: str) -> None:
    assert harmless(text) == text


def test_somebody_elses_lines_are_theirs(history: History, ada: User, eve: User) -> None:
    History(eve).grant(7)
    history.grant(5)

    assert [row["amount_usd"] for row in rows_of(ada, AUGUST)] == ["0.000005"]


def test_a_broken_chain_is_not_printed(history: History, ada: User) -> None:
    for _ in range(3):
        history.grant(100)
    triggers.remove(connection)
    try:
        Posting.objects.filter(user=ada, wallet_seq=2).update(posted_after=201)
    finally:
        triggers.install(connection)

    with pytest.raises(statements.DoesNotAddUp, match="posting 2 leaves 201, not 200"):
        write_csv(ada, AUGUST, io.StringIO())


def test_memory_and_queries_do_not_grow_with_the_month(history: History, ada: User) -> None:
    """Given 4,000 paid requests in one month, written straight into the tables."""
    lived_through(history, requests=4_000)

    with at(SEPTEMBER.end - timedelta(seconds=1)):
        tracemalloc.start()
        try:
            lines = write_csv(ada, SEPTEMBER, _Nowhere())
            _, peak_bytes = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        statement = statements.summarize(ada, SEPTEMBER)

    assert lines == 4_001
    assert peak_bytes < 8 * 2**20
    assert sum(charge.requests for charge in statement.charges) == 4_000
    assert len(statements.render(statement)) < 100_000


class _Nowhere(io.StringIO):
    def write(self, text: str) -> int:
        return len(text)


def lived_through(history: History, *, requests: int) -> None:
    """One grant, then so many requests of a second each, in September."""
    history.now = SEPTEMBER.start
    history.grant(1_000 * requests)
    user, key = history.user, history.key
    times = [SEPTEMBER.start + timedelta(seconds=5 * n) for n in range(1, requests + 1)]
    jobs = Job.objects.bulk_create(
        Job(
            user=user,
            api_key=key,
            kind="speech",
            status="succeeded",
            request_id="req_1",
            model="tts-1",
            audio_ms=1_000,
            cost_micros=667,
            queue_deadline=moment,
            price_micros_per_minute=40_000,
            held_micros=667,
        )
        for moment in times
    )
    told = {"service": "text_to_speech", "billed_ms": 1_000, "price_micros_per_minute": 40_000}
    closed = {"state": "settled", "amount_micros": 667, "settled_micros": 667, **told}
    holds = Hold.objects.bulk_create(
        Hold(user=user, api_key=key, job_id=job.pk, expires_at=at_, closed_at=at_, **closed)
        for job, at_ in zip(jobs, times, strict=True)
    )
    entries = JournalEntry.objects.bulk_create(
        JournalEntry(
            kind="settlement",
            hold=hold,
            idempotency_key=str(hold.pk),
            actor="worker",
            created_at=moment,
        )
        for hold, moment in zip(holds, times, strict=True)
    )
    balance, legs = 1_000 * requests, []
    for number, entry in enumerate(entries, start=2):
        balance -= 667
        customer = {"account": "customer", "user": user, "wallet_seq": number}
        legs += [
            Posting(entry=entry, number=1, amount_micros=-667, posted_after=balance, **customer),
            Posting(entry=entry, number=2, amount_micros=667, account="revenue"),
        ]
    Posting.objects.bulk_create(legs)
    Wallet.objects.filter(pk=user.pk).update(posted_micros=balance, seq=requests + 1)


def test_months_are_of_utc(history: History, ada: User) -> None:
    history.now = datetime(2026, 8, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    history.grant(1)
    history.now = datetime(2026, 9, 1, tzinfo=UTC)
    history.grant(2)

    with at(history.now):
        assert [row["amount_usd"] for row in rows_of(ada, AUGUST)] == ["0.000001"]
        assert [row["amount_usd"] for row in rows_of(ada, SEPTEMBER)] == ["0.000002"]
