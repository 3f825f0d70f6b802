"""All that is known of an account, as a ZIP of JSON and CSV.

Money is in millionths of a US dollar (`_micros`), times are UTC. No secret is in it: of keys,
what their owner's pages show.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable
from typing import IO, Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, User
from accounts.serializers import ApiKeySerializer
from audio_api.models import Job, JobFile, UsageDay
from audiopod.common.snapshots import snapshot
from audiopod.common.spreadsheets import harmless
from voices import dictionary_csv
from voices.models import FavouriteVoice, Pronunciation, VoiceProfile
from wallet.models import AutoRecharge, Posting, Topup, Wallet
from webhooks.models import Delivery, Endpoint

ROWS_AT_A_TIME = 1000

ABOUT = _(
    """\
All that this AudioPod server knows of your account.

Amounts that end in _micros are millionths of a US dollar, those in _cents are cents. Times are
UTC. Lengths that end in _ms are thousandths of a second.

profile.json   you, your settings, sessions and second factors
keys.json      your API keys, masked: only digests of them are stored
voices.json    your own voices, and the names of those you marked
webhooks.json  where you are told of jobs; no secret is in it
deliveries.csv what was sent there
words.csv      how the words of your dictionary are said
wallet.json    your balance and your order for auto-recharge
requests.csv   each request; what was said or sent is not kept once a request is over
jobs.csv       those of them that no program waits for, if you have not deleted them
files.csv      the files of these jobs, which the dashboard has until they are erased
usage.csv      the same added up by day, key, endpoint and voice
ledger.csv     each movement of money
topups.csv     each payment
"""
)

REQUESTS = [
    "id",
    "request_id",
    "kind",
    "status",
    "model",
    "voice_name",
    "api_key__name",
    "created_at",
    "started_at",
    "first_byte_at",
    "finished_at",
    "audio_ms",
    "price_micros_per_minute",
    "cost_micros",
    "error_code",
    "error_message",
]
JOBS = [
    "number",
    "id",
    "display_name",
    "kind",
    "status",
    "progress",
    "stage",
    "created_at",
    "finished_at",
    "kept_until",
]
FILES = ["job__number", "role", "name", "position", "file_name", "content_type", "bytes"]
USAGE = ["day", "api_key__name", "kind", "voice_name", *UsageDay.COUNTED]
LEDGER = [
    "entry",
    "entry__created_at",
    "entry__kind",
    "entry__reason",
    "entry__request_id",
    "entry__hold__service",
    "entry__hold__billed_ms",
    "entry__hold__price_micros_per_minute",
    "account",
    "amount_micros",
    "posted_after",
]
DELIVERIES = [
    "id",
    "receiver__endpoint__url",
    "url",
    "event_id",
    "event_type",
    "job_number",
    "body",
    "status",
    "attempts",
    "response_code",
    "response_body",
    "error",
    "created_at",
    "delivered_at",
]
TOPUPS = [
    "id",
    "kind",
    "status",
    "amount_cents",
    "paid_cents",
    "refunded_cents",
    "payment_intent_id",
    "receipt_url",
    "created_at",
    "completed_at",
]


def write(user: User, file: IO[bytes]) -> None:
    """Write the archive. A thousand rows are in memory at a time, however large the account."""
    with snapshot(), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", str(ABOUT))
        _write_json(archive, "profile.json", _profile(user))
        _write_json(archive, "keys.json", _keys(user))
        _write_json(archive, "voices.json", _voices(user))
        words = Pronunciation.objects.for_user(user)
        archive.writestr("words.csv", dictionary_csv.written(words))
        _write_json(archive, "webhooks.json", _webhooks(user))
        _write_json(archive, "wallet.json", _wallet(user))
        own = {"user": user}
        _write_csv(archive, "requests.csv", Job.objects.filter(**own), "created_at", REQUESTS)
        jobs = Job.objects.filter(**own).detached()
        _write_csv(archive, "jobs.csv", jobs, "created_at", JOBS)
        _write_csv(archive, "files.csv", JobFile.objects.filter(job__in=jobs), "job_id", FILES)
        _write_csv(archive, "usage.csv", UsageDay.objects.filter(**own), "day", USAGE)
        _write_csv(archive, "ledger.csv", Posting.objects.filter(**own), "entry_id", LEDGER)
        sent = Delivery.objects.filter(**own)
        _write_csv(archive, "deliveries.csv", sent, "created_at", DELIVERIES)
        _write_csv(archive, "topups.csv", Topup.objects.filter(**own), "created_at", TOPUPS)


def _write_json(archive: zipfile.ZipFile, name: str, content: Any) -> None:
    text = json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    archive.writestr(name, text)


def _write_csv(
    archive: zipfile.ZipFile, name: str, rows: QuerySet[Any], order: str, columns: list[str]
) -> None:
    found = rows.order_by(order, "pk").values_list(*columns)
    with (
        archive.open(name, "w", force_zip64=True) as file,
        io.TextIOWrapper(file, encoding="utf-8", newline="") as text,
    ):
        table = csv.writer(text)
        table.writerow(column.replace("__", "_") for column in columns)
        table.writerows(_plain(row) for row in found.iterator(chunk_size=ROWS_AT_A_TIME))


def _plain(row: Iterable[Any]) -> list[Any]:
    return [harmless(cell) if isinstance(cell, str) else cell for cell in row]


def _profile(user: User) -> dict[str, Any]:
    factors = Authenticator.objects.filter(user=user)
    sessions = UserSession.objects.filter(user=user)
    return {
        **_columns(
            user,
            "email",
            "first_name",
            "last_name",
            "language",
            "date_joined",
            "last_login",
            "daily_limit_micros",
            "warn_below_micros",
        ),
        "second_factors": list(factors.values("type", "created_at", "last_used_at")),
        "sessions": list(sessions.values("created_at", "ip", "user_agent")),
    }


def _keys(user: User) -> Any:
    keys = ApiKey.objects.for_user(user)
    return [
        {
            **ApiKeySerializer(key).data,
            **_columns(key, "allowed_networks", "last_used_address"),
        }
        for key in keys.iterator(chunk_size=ROWS_AT_A_TIME)
    ]


def _voices(user: User) -> dict[str, Any]:
    own = VoiceProfile.objects.filter(owner=user)
    marked = FavouriteVoice.objects.filter(user=user).order_by("pk")
    names = ["name", "language", "gender", "description", "tags", "created_at"]
    return {
        "own": list(own.values(*names)),
        "favourites": list(marked.values_list("voice__name", flat=True)),
    }


def _webhooks(user: User) -> list[dict[str, Any]]:
    names = ["id", "url", "events", "description", "is_active", "created_at"]
    return list(Endpoint.objects.for_user(user).values(*names))


def _wallet(user: User) -> dict[str, Any]:
    has = Wallet.objects.filter(pk=user.pk).first() or Wallet(user=user)
    order = AutoRecharge.objects.filter(user=user).first()
    names = [
        "is_enabled",
        "threshold_micros",
        "amount_cents",
        "monthly_cap_cents",
        "card",
        "consent_at",
        "consent_ip",
    ]
    return {
        **_columns(has, "posted_micros", "held_micros", "debt_micros"),
        "auto_recharge": _columns(order, *names) if order else None,
    }


def _columns(row: Model, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
