"""The database goes away while a finished job is being settled: charged once, or not at all.

A job that fails so costs nothing, even when its client has had all of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from audiopod.common.money import cost_micros
from tests.faults.conftest import CREDIT_MICROS, PCM_BYTES_PER_MS, speak
from tests.harness.account import Account
from tests.harness.programs import wait_until
from tests.harness.server import Server

PRICE = 40_000
"""Micro-dollars per minute of generated audio."""
RECOVERY_SECONDS = 60
_WORDS = "The test broke the disk."
# A sequence does not go back with the transaction that is lost: the connection dies only once,
# and at the commit, when everything has been written.
_TERMINATE_ONCE = """
    CREATE SEQUENCE fault_count;
    CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('fault_count') = 1 THEN
            PERFORM pg_terminate_backend(pg_backend_pid());
        END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER fault AFTER UPDATE ON wallet_hold
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        WHEN (NEW.state = 'settled') EXECUTE FUNCTION fault();
"""
_REPAIR = "DROP TRIGGER fault ON wallet_hold; DROP FUNCTION fault(); DROP SEQUENCE fault_count"

_REFUSE = f"""
    CREATE TRIGGER fault BEFORE INSERT ON wallet_journalentry
    BEGIN SELECT RAISE(ROLLBACK, '{_WORDS}'); END
"""


@contextmanager
def failing_settlement(server: Server) -> Iterator[None]:
    """PostgreSQL ends the first connection that settles a hold, as it commits. SQLite refuses
    to settle until the server has noticed: its triggers cannot count what is rolled back."""
    if not server.database_url:
        with _refusing_until_noticed(server):
            yield
        return
    with psycopg.connect(server.database_url, autocommit=True) as connection:
        connection.execute(_TERMINATE_ONCE)
        try:
            yield
            settled = connection.execute("SELECT last_value FROM fault_count").fetchone()
            assert settled, "no settlement was ever tried"
        finally:
            connection.execute(_REPAIR)


@contextmanager
def _refusing_until_noticed(server: Server) -> Iterator[None]:
    path = server.data_dir / "audiopod.sqlite3"
    before = server.web.said().count(_WORDS)

    def repair_when_noticed() -> None:
        noticed = f"the server says {_WORDS!r}"
        wait_until(
            lambda: server.web.said().count(_WORDS) > before, seconds=RECOVERY_SECONDS, what=noticed
        )
        _run(path, "DROP TRIGGER fault")

    _run(path, _REFUSE)
    with ThreadPoolExecutor(1) as repair:
        repaired = repair.submit(repair_when_noticed)
        yield
        repaired.result()


def _run(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path, timeout=20)
    try:
        connection.execute(statement)
        connection.commit()
    finally:
        connection.close()


@pytest.mark.who_pays("the database is lost while it settles")
def test_speech_whose_settlement_fails(shaky: Server, customer: Account) -> None:
    with failing_settlement(shaky):
        answer = speak(customer, "tone")
        job = shaky.wait_for_job(customer, "succeeded", "failed", seconds=RECOVERY_SECONDS)
        left = customer.settled_balance()

    print(answer.status_code, job["status"], job["cost_micros"], job["error_code"])
    assert CREDIT_MICROS - left == job["cost_micros"], "charged once, or not at all"
    if job["status"] == "succeeded":
        assert answer.status_code == 200
        assert job["audio_ms"] == len(answer.content) // PCM_BYTES_PER_MS
        assert job["cost_micros"] == cost_micros(job["audio_ms"], PRICE)
    else:
        assert job["cost_micros"] == 0
    _settles_again(shaky, customer)


@pytest.mark.who_pays("the database is lost while it settles")
def test_transcript_whose_settlement_fails(shaky: Server, customer: Account) -> None:
    sound = _spoken(shaky, customer)
    before = customer.settled_balance()

    with failing_settlement(shaky), customer.http() as client:
        answer = client.post(
            "/audio/transcriptions", data={"model": "whisper-1"}, files={"file": sound}
        )
        job = shaky.wait_for_job(customer, "succeeded", "failed", seconds=RECOVERY_SECONDS)
        left = customer.settled_balance()

    print(answer.status_code, job["status"], job["cost_micros"], job["error_code"])
    assert job["kind"] == "transcription"
    assert before - left == job["cost_micros"]
    assert answer.status_code == 200, "it had arrived before it was settled"
    assert (job["cost_micros"] > 0) == (job["status"] == "succeeded")
    _settles_again(shaky, customer)


def _spoken(server: Server, account: Account) -> bytes:
    body = {"model": "tts-1", "voice": "joe", "input": "Good morning.", "response_format": "flac"}
    with account.http() as client:
        answer = client.post("/audio/speech", json=body)
    assert answer.status_code == 200, answer.text
    return answer.content


def _settles_again(server: Server, account: Account) -> None:
    before = account.settled_balance()
    assert speak(account, "tone").status_code == 200
    assert account.settled_balance() < before
    server.audit()
