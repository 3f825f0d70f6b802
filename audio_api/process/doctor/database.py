"""The database: which it is, whether it answers, whether its tables are those of this release."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from django.utils import timezone

from audio_api.models import Job
from audio_api.process import answering
from audio_api.process.doctor.clock import clock
from audio_api.process.doctor.finding import Finding, Verdict
from voices.models import VoiceProfile

TOPIC = "database"
MIGRATE = "Run `manage.py migrate` (`make run` does it)."


def look() -> Iterator[Finding]:
    if _is_absent():
        yield _broken(_name(), "is not made yet", MIGRATE)
        return
    answer = answering.database()
    if answer != answering.OK:
        yield _broken(_name(), answer, "Start it, or correct DATABASE_URL.")
        return
    yield Finding(topic=TOPIC, about=_name(), says=f"answers ({_version()})")
    executor = MigrationExecutor(connection)
    if waiting := len(executor.migration_plan(executor.loader.graph.leaf_nodes())):
        yield _broken("tables", f"{waiting} migrations are not applied", MIGRATE)
        return
    yield Finding(topic=TOPIC, about="tables", says="are those of this release")
    yield _voices()
    yield from _clock()


def _is_absent() -> bool:
    """Whether a connection would make an empty file."""
    name = connection.settings_dict["NAME"]
    is_file = connection.vendor == "sqlite" and ":" not in str(name)
    return is_file and not Path(name).exists()


def _name() -> str:
    """Without user and password."""
    told = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"SQLite in {told['NAME']}"
    return f"PostgreSQL {told['NAME']!r} at {told['HOST'] or 'this machine'}"


def _version() -> str:
    return ".".join(str(number) for number in connection.get_database_version())


def _voices() -> Finding:
    if count := VoiceProfile.objects.count():
        return Finding(topic=TOPIC, about="voices", says=f"{count} are listed")
    return _broken("voices", "none is listed", "Run `manage.py seed_voices`.")


def _clock() -> Iterator[Finding]:
    """Workers and web processes compare times that others have written."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            ahead = cursor.fetchone()[0] - datetime.now(UTC)
        yield clock(TOPIC, "PostgreSQL", ahead.total_seconds())
        return
    newest = Job.objects.aggregate(Max("created_at"))["created_at__max"]
    if newest and (ahead := (newest - timezone.now()).total_seconds()) > 0:
        yield clock(TOPIC, "the newest request", ahead)


def _broken(about: str, says: str, remedy: str) -> Finding:
    return Finding(topic=TOPIC, about=about, says=says, verdict=Verdict.BROKEN, remedy=remedy)
