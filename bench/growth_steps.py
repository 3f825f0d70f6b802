"""A past, and the steps that it must not make dearer. Import it once Django is set up."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from accounts.models import ApiKey
from accounts.services import create_api_key
from audio.engines.base import EngineVoice
from audio_api.jobs import settlement, start, sweeper
from audio_api.jobs.start import Caller
from audio_api.models import Job
from audio_api.services.speech.params import SpeechRequest
from bench import usage_accounts
from bench.usage_accounts import Account
from voices import catalogue
from voices import services as voices
from wallet import services as wallet
from wallet import triggers
from wallet.audit import audit

CREDIT = 10**12
LEASE, AUDIO_MS = timedelta(seconds=60), 5601
PAIRS = 10
"""Holds and settlements that are timed together."""
Step = Callable[[], AbstractContextManager[Callable[[], object]]]
"""Prepares what is measured, and clears up after it."""


def steps(requests: int) -> dict[str, Step]:
    """What is measured, by its name, in a database with so many requests behind it."""
    settings.ALLOWED_HOSTS = ["testserver"]
    logging.disable(logging.WARNING)
    _stay_connected()
    _install_voices()
    account = usage_accounts.fill("past", requests)
    _pay(account)
    usage_accounts.look_at_tables()
    key = account.keys[0]  # which has a quarter of them
    _, token = create_api_key(user=account.user, name="asking")
    caller = Caller(user=account.user, api_key=key, request_id="req_bench")
    pages = ("overview", "all", "by voice", "deep page")
    return {
        f"{PAIRS} holds and settlements": lambda: _pairs(key),
        "start of a job": lambda: _start(caller),
        "claim": lambda: _claim(caller),
        "settlement of a job": lambda: _settle(caller),
        "sweep": lambda: _only(lambda: sweeper.sweep(with_chores=False)),
        **{f"usage: {page}": _stays(account.asking(page)) for page in pages},
        "voices": _stays(_asking("/api/v1/voice/voices", token)),
        "choices of voices": _stays(_asking("/api/v1/audio/voices", token)),
        "balance": _stays(_asking("/api/v1/api-wallet/balance", token)),
        "audit_ledger": lambda: _only(_audit),
    }


def timed(step: Step) -> float:
    """Milliseconds that processors worked at it, PostgreSQL's too."""
    with step() as do:
        began = _worked_seconds()
        do()
        return (_worked_seconds() - began) * 1000


# --- steps --------------------------------------------------------------------------------------
@contextmanager
def _only(do: Callable[[], object]) -> Iterator[Callable[[], object]]:
    yield do


def _stays(do: Callable[[], object]) -> Step:
    return lambda: _only(do)


def _asking(url: str, token: str) -> Callable[[], None]:
    client = Client(headers={"Authorization": f"Bearer {token}"})

    def ask() -> None:
        assert client.get(url).status_code == 200, url

    return ask


def _pairs(key: ApiKey) -> AbstractContextManager[Callable[[], object]]:
    def pairs() -> None:
        for _ in range(PAIRS):
            job = uuid.uuid4()
            wallet.hold(user=key.user, job_id=job, amount_micros=900, seconds=60, api_key=key)
            wallet.settle(job_id=job, amount_micros=300)

    return _only(pairs)


def _new_job(caller: Caller) -> Job:
    asked = SpeechRequest("tts-1", "Hello.", "nova", "kokoro", "af_nova", "en-US", "mp3", 1.0, "")
    job = start.new_job(caller, "speech", asked, price=40_000, most_ms=10_000)
    job.voice_name = "nova"
    return job


@contextmanager
def _start(caller: Caller) -> Iterator[Callable[[], object]]:
    job = _new_job(caller)
    yield lambda: start.start(job)
    settlement.withdraw(job, code="", message="")


@contextmanager
def _claim(caller: Caller) -> Iterator[Callable[[], object]]:
    job = start.start(_new_job(caller))
    yield lambda: Job.objects.claim(job.pk, lease=LEASE)
    settlement.succeed(job, 1, audio_ms=AUDIO_MS)


@contextmanager
def _settle(caller: Caller) -> Iterator[Callable[[], object]]:
    job = start.start(_new_job(caller))
    Job.objects.claim(job.pk, lease=LEASE)
    yield lambda: settlement.succeed(job, 1, audio_ms=AUDIO_MS)


def _audit() -> None:
    breaches = audit().breaches
    assert not breaches, breaches[:3]


# --- the clock ----------------------------------------------------------------------------------
def _stay_connected() -> None:
    """One connection for all: then one process of PostgreSQL does all its work."""
    connection.settings_dict["OPTIONS"].pop("pool", None)
    connection.settings_dict["CONN_MAX_AGE"] = None


def _worked_seconds() -> float:
    ours = time.process_time()
    if connection.vendor != "postgresql":
        return ours
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    nanoseconds = Path(f"/proc/{pid}/schedstat").read_text().split()[0]
    return ours + int(nanoseconds) / 1e9


# --- the past -----------------------------------------------------------------------------------
def _install_voices() -> None:
    installed: dict[str, list[EngineVoice]] = {}
    for entry in catalogue.catalogue().voices.values():
        voice = EngineVoice(name=entry.engine_voice, language=entry.language)
        installed.setdefault(entry.engine, []).append(voice)
    voices.seed(installed)


@transaction.atomic
def _pay(account: Account) -> None:
    """Give each request the hold, the entry, the postings and the budgets that it would have."""
    user = account.user
    wallet.grant(
        user=user, amount_micros=CREDIT, reason="bench", actor="bench", idempotency_key="bench"
    )
    triggers.remove(connection)  # one of them would look at each entry by itself
    with connection.cursor() as cursor:
        for statement in _PAID:
            cursor.execute(statement.format(**_WORDS[connection.vendor], user=user.pk))
    triggers.install(connection)


_PAID = (
    "INSERT INTO wallet_hold (id, user_id, job_id, api_key_id, service, price_micros_per_minute,"
    " amount_micros, settled_micros, billed_ms, state, created_at, expires_at, closed_at)"
    " SELECT {id}, user_id, id, api_key_id, kind, price_micros_per_minute, held_micros,"
    " cost_micros, CASE WHEN cost_micros > 0 THEN audio_ms END,"
    " CASE WHEN cost_micros > 0 THEN 'settled' ELSE 'released' END, created_at, queue_deadline,"
    " finished_at FROM audio_api_job",
    "INSERT INTO wallet_journalentry"
    " (kind, idempotency_key, hold_id, actor, reason, request_id, created_at)"
    " SELECT 'settlement', 'settlement:' || job_id, id, 'worker', '', '', closed_at"
    " FROM wallet_hold WHERE state = 'settled' ORDER BY closed_at",
    "INSERT INTO wallet_posting"
    " (entry_id, number, account, user_id, amount_micros, wallet_seq, posted_after)"
    " SELECT entry.id, 1, 'customer', {user}, -settled_micros, 1 + row_number() OVER by_id,"
    f" {CREDIT} - sum(settled_micros) OVER by_id"
    " FROM wallet_journalentry AS entry JOIN wallet_hold AS hold ON hold.id = entry.hold_id"
    " WINDOW by_id AS (ORDER BY entry.id)",
    "INSERT INTO wallet_posting (entry_id, number, account, amount_micros)"
    " SELECT entry_id, 2, 'revenue', -amount_micros FROM wallet_posting WHERE wallet_seq > 1",
    "UPDATE wallet_wallet SET posted_micros = (SELECT sum(amount_micros) FROM wallet_posting"
    " WHERE account = 'customer'), seq = (SELECT max(wallet_seq) FROM wallet_posting)",
    "INSERT INTO wallet_spending (user_id, period, held_micros, spent_micros)"
    " SELECT user_id, {day}, 0, sum(settled_micros) FROM wallet_hold GROUP BY 1, 2",
    "INSERT INTO wallet_spending (user_id, api_key_id, period, held_micros, spent_micros)"
    " SELECT user_id, api_key_id, {month}, 0, sum(settled_micros) FROM wallet_hold"
    " WHERE api_key_id IS NOT NULL GROUP BY 1, 2, 3",
    "INSERT INTO wallet_spending (user_id, api_key_id, period, held_micros, spent_micros)"
    " SELECT user_id, api_key_id, 'total', 0, sum(settled_micros) FROM wallet_hold"
    " WHERE api_key_id IS NOT NULL GROUP BY 1, 2",
)
_WORDS = {
    "sqlite": {
        "id": "lower(hex(randomblob(16)))",
        "day": "substr(created_at, 1, 10)",
        "month": "substr(created_at, 1, 7)",
    },
    "postgresql": {
        "id": "gen_random_uuid()",
        "day": "to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
        "month": "to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM')",
    },
}
