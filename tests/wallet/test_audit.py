"""Each rule of the ledger, broken by hand behind the services' back, and seen."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.wallet.cast import adjust, fund, outlive, take_hold
from wallet import audit as auditing
from wallet import services, triggers
from wallet.audit import Breach, audit
from wallet.models import Hold, JournalEntry, Posting, Wallet

pytestmark = [pytest.mark.database, pytest.mark.django_db]

Sql = Callable[..., None]


@pytest.fixture
def sql(db: None) -> Iterator[Sql]:
    """Runs SQL past every trigger, CHECK and foreign key. All of it is rolled back."""

    def run(statement: str, *parameters: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)

    if connection.vendor == "sqlite":
        triggers.remove(connection)
        run("PRAGMA ignore_check_constraints = ON")
        yield run
        run("PRAGMA ignore_check_constraints = OFF")
    else:
        connection.check_constraints()
        # As a replica PostgreSQL fires no trigger, those behind its foreign keys included.
        run("SET LOCAL session_replication_role = replica")
        for table, constraint in _checks():
            run(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
        yield run


def _checks() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            " WHERE contype IN ('c', 'u') AND conrelid::regclass::text LIKE 'wallet_%'"
        )
        return list(cursor.fetchall())


@pytest.fixture
def busy(rich, sql):
    """An account with every kind of entry and hold."""
    adjust(rich, -50_000)
    services.settle(job_id=take_hold(rich, 500).job_id, amount_micros=120)
    services.release(job_id=take_hold(rich, 500).job_id)
    expired = take_hold(rich, 500)
    outlive(expired)
    services.expire(job_id=expired.job_id)
    take_hold(rich, 1_000)
    return rich


def breaches(user=None) -> list[str]:
    """What the audit finds, but for the triggers that the fixture took away, and the day's sum,
    which is wrong whenever a hold is (tests/wallet/test_audit_payments.py)."""
    unasked = {"ledger-guard", "spending"}
    return [str(breach) for breach in audit(user).breaches if breach.rule not in unasked]


def rules(user=None) -> set[str]:
    return {line.split(":")[0] for line in breaches(user)}


def test_a_ledger_in_use_is_whole(busy):
    assert breaches() == []
    report = audit()
    assert (report.wallets, report.entries, report.open_holds) == (1, 3, 1)
    assert (report.postings, report.posted_micros, report.held_micros) == (6, 949_880, 1_000)


def test_a_balance_out_of_thin_air(busy, sql):
    sql("UPDATE wallet_wallet SET posted_micros = posted_micros + 1")
    assert breaches() == [
        f"wallet-posted: account {busy.pk}: posted is 949881, its postings sum to 949880"
    ]


def test_a_hold_that_the_wallet_forgot(busy, sql):
    sql("UPDATE wallet_wallet SET held_micros = 0")
    assert breaches() == [f"wallet-held: account {busy.pk}: held is 0, its open holds sum to 1000"]


def test_held_money_that_no_hold_holds(busy, sql):
    sql("DELETE FROM wallet_hold WHERE state = 'open'")
    assert breaches() == [f"wallet-held: account {busy.pk}: held is 1000, its open holds sum to 0"]


@pytest.mark.parametrize("change", ["held_micros = 949881", "held_micros = -1"])
def test_more_held_than_there_is(busy, sql, change):
    sql(f"UPDATE wallet_wallet SET {change}")
    assert rules() == {"wallet-range", "wallet-held"}


def test_a_wallet_that_is_gone(busy, sql):
    sql("DELETE FROM wallet_wallet")
    assert rules() == {"wallet-posted", "wallet-held", "wallet-seq"}


def test_a_sequence_that_ran_ahead(busy, sql):
    sql("UPDATE wallet_wallet SET seq = seq + 1")
    assert breaches() == [f"wallet-seq: account {busy.pk}: seq is 4, its last posting is number 3"]


def test_a_lost_leg(busy, sql):
    leg = Posting.objects.get(account="revenue")
    sql("DELETE FROM wallet_posting WHERE id = %s", leg.pk)
    assert f"entry-balance: entry {leg.entry_id}: 1 postings sum to -120, not 0" in breaches()
    assert "ledger-balance: all postings: they sum to -120, not 0" in breaches()


def test_a_changed_leg(busy, sql):
    leg = Posting.objects.get(account="revenue")
    sql("UPDATE wallet_posting SET amount_micros = 121 WHERE id = %s", leg.pk)
    assert rules() == {"entry-balance", "ledger-balance", "settlement-amount"}


def test_an_entry_without_legs(busy, sql):
    entry = JournalEntry.objects.create(kind="grant", idempotency_key="x", actor="a", reason="r")
    assert breaches() == [f"entry-balance: entry {entry.pk}: 0 postings sum to 0, not 0"]


def test_a_whole_entry_that_vanished(busy, sql):
    entry = JournalEntry.objects.get(kind="adjustment")
    sql("DELETE FROM wallet_posting WHERE entry_id = %s", entry.pk)
    sql("DELETE FROM wallet_journalentry WHERE id = %s", entry.pk)
    # The sum is wrong, and so is the numbering from the gap on.
    assert rules() == {"wallet-posted", "posting-run"}
    assert any("number 3 in place 2" in line for line in breaches())


def test_a_running_balance_that_was_touched_up(busy, sql):
    sql("UPDATE wallet_posting SET posted_after = posted_after + 1 WHERE wallet_seq = 2")
    [line] = breaches()
    assert line.startswith(f"posting-run: account {busy.pk} posting ")
    assert line.endswith("number 2 in place 2, posted_after 950001, running sum 950000")


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite cannot drop a UNIQUE")
def test_two_postings_of_one_number(busy, sql):
    sql("UPDATE wallet_posting SET wallet_seq = 3 WHERE wallet_seq = 2")
    assert rules() == {"posting-run"}


@pytest.mark.parametrize(
    "change",
    [
        "settled_micros = 501",  # more than the hold
        "settled_micros = 0",  # settled for nothing
        "closed_at = NULL",  # settled and not closed
        "amount_micros = -500, settled_micros = -500",
    ],
)
def test_a_settled_hold_that_cannot_be(busy, sql, change):
    sql(f"UPDATE wallet_hold SET {change} WHERE state = 'settled'")
    assert "hold-state" in rules()


@pytest.mark.parametrize(
    ("billed_ms", "price", "due"),
    [
        (7_201, 1_000, 121),  # a started micro-dollar counts
        (7_140, 1_000, 119),
        (60_000, 10**18, 500),  # at most the hold
        (0, 1_000, 0),
    ],
)
def test_a_cost_that_is_not_units_times_rate(busy, sql, billed_ms, price, due):
    hold = Hold.objects.get(state="settled")
    tell = "UPDATE wallet_hold SET billed_ms = %s, price_micros_per_minute = %s WHERE id = %s"
    known_as = Hold._meta.pk.get_db_prep_value(hold.pk, connection)
    sql(tell, 7_200, 1_000, known_as)
    assert breaches() == []

    sql(tell, billed_ms, price, known_as)

    assert breaches() == [
        f"hold-units: hold {hold.pk} of job {hold.job_id}: settled 120 of 500 for {billed_ms} ms"
        f" at {price} a minute, which are {due}"
    ]


@pytest.mark.parametrize("state", ["released", "expired"])
def test_an_unpaid_hold_with_a_cost(busy, sql, state):
    hold = Hold.objects.get(state=state)
    sql("UPDATE wallet_hold SET settled_micros = 5 WHERE state = %s", state)
    [line] = breaches()
    assert line.startswith(f"hold-state: hold {hold.pk} of job {hold.job_id}: {state}, settled 5")


def test_an_open_hold_that_says_it_is_closed(busy, sql):
    sql("UPDATE wallet_hold SET closed_at = created_at WHERE state = 'open'")
    assert rules() == {"hold-state"}


def test_a_state_that_does_not_exist(busy, sql):
    sql("UPDATE wallet_hold SET state = 'lost' WHERE state = 'released'")
    assert rules() == {"hold-state"}


def test_a_settled_hold_without_an_entry(busy, sql):
    hold = Hold.objects.get(state="released")
    sql("UPDATE wallet_hold SET state = 'settled', settled_micros = 5 WHERE state = 'released'")
    assert breaches() == [
        f"hold-entry: hold {hold.pk} of job {hold.job_id}: settled 5 without a journal entry"
    ]


def test_an_entry_of_a_hold_that_was_released(busy, sql):
    entry = JournalEntry.objects.get(kind="settlement")
    sql("UPDATE wallet_hold SET state = 'released' WHERE state = 'settled'")
    assert f"released, yet entry {entry.pk} settles it" in " ".join(breaches())


def test_a_settlement_of_another_amount(busy, sql):
    sql("UPDATE wallet_hold SET settled_micros = 119 WHERE state = 'settled'")
    [line] = breaches()
    assert line.endswith("settled 119: customer -120, revenue 120")


def test_a_settlement_of_somebody_elses_hold(busy, stranger, sql):
    sql("UPDATE wallet_hold SET user_id = %s WHERE state = 'settled'", stranger.pk)
    assert rules() == {"settlement-amount"}
    assert rules(stranger) == {"settlement-amount"}


def test_a_settlement_of_nothing(busy, sql):
    sql("UPDATE wallet_journalentry SET hold_id = NULL WHERE kind = 'settlement'")
    assert rules() == {"settlement-hold", "hold-entry"}


def test_a_grant_that_settles_a_hold(busy, sql):
    sql("UPDATE wallet_journalentry SET kind = 'grant' WHERE kind = 'settlement'")
    assert rules() == {"settlement-amount"}


def test_a_hold_that_nobody_expires(busy):
    hold = Hold.objects.get(state="open")
    outlive(hold)
    [line] = breaches()
    assert line.startswith(f"hold-overdue: hold {hold.pk} of job {hold.job_id}: open, expired at")


@pytest.mark.parametrize("name", [name for name, _, _ in triggers._definitions("sqlite")])
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="named as on SQLite")
def test_a_trigger_that_is_gone_on_sqlite(rich, name):
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}")
    assert audit().breaches == [Breach("ledger-guard", f"trigger {name}", "missing or disabled")]


@pytest.mark.parametrize("action", ["DROP TRIGGER {} ON {}", "ALTER TABLE {1} DISABLE TRIGGER {0}"])
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="named as on PostgreSQL")
def test_a_trigger_that_is_gone_on_postgresql(user, action):
    for name, table, _sql in triggers._definitions("postgresql"):
        with connection.cursor() as cursor:
            cursor.execute(action.format(name, table))
        assert f"trigger {name}" in [breach.subject for breach in audit().breaches]


def test_each_account_is_audited_alone(busy, stranger, sql):
    fund(stranger, 5)
    sql("UPDATE wallet_wallet SET posted_micros = 6 WHERE user_id = %s", stranger.pk)
    assert rules(busy) == set()
    assert rules(stranger) == {"wallet-posted"}
    report = audit(busy)
    assert (report.wallets, report.entries, report.postings) == (1, 3, 3)


def test_an_upper_layer_adds_a_check(rich, monkeypatch):
    def jobs_match(user):
        yield Breach("job-cost", "job 7", f"asked about {user}")

    monkeypatch.setattr(auditing, "CHECKS", [*auditing.CHECKS, jobs_match])
    assert [str(breach) for breach in audit(rich).breaches] == [
        "job-cost: job 7: asked about owner@example.org"
    ]


# --- the command ------------------------------------------------------------------------------


def test_the_command_says_that_all_is_well(rich, capsys):
    call_command("audit_ledger")
    assert capsys.readouterr().out == (
        "The ledger is whole: 1 wallet, 1 entry, 2 postings, 0 open holds;"
        " $1.00 posted, $0.00 of it held.\n"
    )


def test_the_command_reports_and_fails(busy, sql, capsys):
    sql("UPDATE wallet_wallet SET seq = 9")
    with pytest.raises(SystemExit) as stopped:
        call_command("audit_ledger", "--user", "OWNER@example.org")
    assert stopped.value.code == 1
    assert "wallet-seq: account" in capsys.readouterr().out


def test_the_command_refuses_an_unknown_account(db):
    with pytest.raises(CommandError, match="No account has the e-mail address nobody@"):
        call_command("audit_ledger", "--user", "nobody@example.org")


# --- the snapshot -----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_audit_reads_one_snapshot(rich, monkeypatch):
    """A check that another connection writes between sees nothing of it."""
    writer = connection.copy()

    def write(user):
        with writer.cursor() as cursor:
            cursor.execute("UPDATE wallet_wallet SET posted_micros = posted_micros + 1")
        return []

    monkeypatch.setattr(auditing, "CHECKS", [write, *auditing.CHECKS])
    try:
        assert audit().breaches == []
        monkeypatch.setattr(auditing, "CHECKS", auditing.CHECKS[1:])
        assert rules() == {"wallet-posted"}
    finally:
        writer.close()


@pytest.mark.django_db(transaction=True)
def test_an_audit_writes_nothing_and_leaves_the_connection_free(rich):
    audit()
    assert connection.get_autocommit()
    services.hold(user=rich, job_id=uuid.uuid4(), amount_micros=1, seconds=1)
    assert Wallet.objects.get(user=rich).held_micros == 1
