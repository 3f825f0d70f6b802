"""Accounts with as many requests as asked for. Import it once Django is set up."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.keys.choosing import PLAYGROUND
from accounts.models import ApiKey, User
from accounts.services import create_api_key
from audio_api.models import Job
from audio_api.process import sqlite_stats
from dashboard.usage.log import Cursor

DAYS = 30
KEYS = 3
"""With the playground, a quarter of the requests each; another key has none."""
VOICES = ("nova", "alloy", "echo", "onyx")
"""A fifth of the requests each; the rest are transcripts."""

PAGES = [
    "overview",
    "all",
    "7 days",
    "by endpoint",
    "by voice",
    "deep page",
    "key",
    "playground",
    "endpoint",
    "voice",
    "succeeded",
    "failed",
    "request id",
    "key, endpoint",
    "key, voice",
    "playground, voice",
    "key, failed",
    "endpoint, failed",
    "voice, failed",
    "playground, endpoint, failed",
    "unused key",
    "unused voice",
    "unused key, voice",
    "unused key, endpoint",
    "unused key, failed",
    "key, unused voice",
    "unused voice, failed",
    "unused key, voice, failed",
    "unused key, endpoint, failed",
    "unused endpoint",
    "key, unused endpoint",
    "cancelled",
    "key, cancelled",
    "running",
    "request id, key",
    "key, running",
    "key, endpoint, deep page",
    "one request",
]


@dataclass(frozen=True)
class Account:
    user: User
    keys: list[ApiKey]
    unused: ApiKey
    middle: Job

    def asking(self, name: str) -> Callable[[], None]:
        """What asks for the page of that name."""
        client = Client()
        client.force_login(self.user)
        url = self._url(name)

        def ask() -> None:
            answer = client.get(url)
            assert answer.status_code == 200, (name, answer.status_code)
            assert b"errorlist" not in answer.content, name

        return ask

    def _url(self, name: str) -> str:
        if name == "overview":
            return reverse("dashboard")
        if name == "one request":
            return reverse("request", args=[self.middle.pk])
        query: dict[str, str] = {}
        for part in name.split(", "):
            query |= self._asked(part)
        return f"{reverse('usage')}?{urlencode(query)}"

    def _asked(self, part: str) -> dict[str, str]:
        week = timezone.now() - timedelta(days=6)
        return {
            "all": {},
            "7 days": {"from": f"{week:%Y-%m-%d}"},
            "by endpoint": {"by": "endpoint"},
            "by voice": {"by": "voice"},
            "deep page": {"before": str(Cursor.behind(self.middle))},
            "key": {"key": str(self.keys[1].public_id)},
            "unused key": {"key": str(self.unused.public_id)},
            "playground": {"key": PLAYGROUND},
            "endpoint": {"endpoint": "speech"},
            "unused endpoint": {"endpoint": "translation"},
            "voice": {"voice": VOICES[1]},
            "unused voice": {"voice": "unused"},
            "succeeded": {"status": "succeeded"},
            "failed": {"status": "failed"},
            "cancelled": {"status": "cancelled"},
            "running": {"status": "running"},
            "request id": {"request": self.middle.request_id},
        }[part]


def fill(name: str, count: int) -> Account:
    """An account whose requests of the last days have every mixture of key, voice and fate."""
    user = User.objects.create_user(f"{name}@example.com")
    keys = [create_api_key(user=user, name=f"key {n}")[0] for n in range(KEYS)]
    unused, _ = create_api_key(user=user, name="unused")
    _insert(user, keys, count)
    importlib.import_module("audio_api.migrations.0004_add_up_usage").add_up(apps, None)
    look_at_tables()
    middle = Job.objects.for_user(user).order_by("created_at")[count // 2]
    return Account(user, keys, unused, middle)


def look_at_tables() -> None:
    """Both databases do that by themselves, in time."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    sqlite_stats.refresh()


def _insert(user: User, keys: list[ApiKey], count: int) -> None:
    """By SQL: number `i` says what a request is, the newest being the last."""
    newest = timezone.now() - timedelta(seconds=5)
    step = timedelta(days=DAYS - 1) / count
    columns = {
        "id": _ID[connection.vendor],
        "user_id": str(user.pk),
        "api_key_id": _case("i %% 4", [*(str(key.pk) for key in keys)]),
        "request_id": f"'req_{user.pk}_' || i",
        "kind": f"CASE WHEN i / 4 %% 5 < {len(VOICES)} THEN 'speech' ELSE 'transcription' END",
        "status": "CASE WHEN i / 20 %% 2 = 0 THEN 'failed' ELSE 'succeeded' END",
        "model": "'tts-1'",
        "voice_name": _case("i / 4 %% 5", [f"'{voice}'" for voice in VOICES], "''"),
        "params": "'{}'",
        "error_code": "CASE WHEN i / 20 %% 2 = 0 THEN 'engine_error' ELSE '' END",
        "audio_ms": "CASE WHEN i / 20 %% 2 = 0 THEN 0 ELSE 5601 END",
        "cost_micros": "CASE WHEN i / 20 %% 2 = 0 THEN 0 ELSE 3734 END",
        "attempt": "1",
        "price_micros_per_minute": "40000",
        "held_micros": "10000",
        "written_off_micros": "0",
        **dict.fromkeys(("source", "idempotency_key", "fingerprint", "result"), "''"),
        "error_message": "''",
        "is_detached": "FALSE",
        "progress": "0",
        **dict.fromkeys(("display_name", "stage"), "''"),
        **{at: _moment(at) for at in ("created_at", "started_at", "finished_at", "queue_deadline")},
    }
    made, values = ", ".join(columns), ", ".join(columns.values())
    begins = (newest - step * count).timestamp()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET statement_timeout = 0")
        cursor.execute(
            f"{_NUMBERS[connection.vendor]} INSERT INTO audio_api_job ({made}) SELECT {values}"
            " FROM numbers, (SELECT %s AS begins, %s AS step) AS times",
            [count, begins, step.total_seconds()],
        )


def _case(number: str, values: list[str], otherwise: str = "NULL") -> str:
    whens = " ".join(f"WHEN {place} THEN {value}" for place, value in enumerate(values))
    return f"CASE {number} {whens} ELSE {otherwise} END"


def _moment(column: str) -> str:
    later = {"created_at": 0, "started_at": 0.1, "finished_at": 2}.get(column, 30)
    seconds = f"begins + step * (i + 1) + {later}"
    if connection.vendor == "postgresql":
        return f"to_timestamp({seconds})"
    return f"strftime('%%Y-%%m-%%d %%H:%%M:%%f', {seconds}, 'unixepoch')"


_ID = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "gen_random_uuid()"}
_NUMBERS = {
    "sqlite": (
        "WITH RECURSIVE numbers(i) AS"
        " (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < %s)"
    ),
    "postgresql": "WITH numbers AS (SELECT generate_series(0, %s - 1) AS i)",
}
