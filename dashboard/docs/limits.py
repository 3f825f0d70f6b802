"""The limits of this server in words, each read from the setting or the constant that makes it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from audio.codecs.verdict import DecodeLimits
from audio_api import registry
from audio_api.http.fields import MAX_MODEL_CHARACTERS
from audio_api.http.limits import Limit, characters
from audiopod.common import money
from wallet.models.payments import MAX_TOPUP_CENTS, MIN_TOPUP_CENTS

_MIB = 2**20


def size(amount_bytes: int) -> str:
    """`25 MiB`"""
    return gettext("%(amount)g MiB") % {"amount": round(amount_bytes / _MIB, 1)}


def duration(seconds: float) -> str:
    """`4 hours`, `30 minutes`, `90 seconds`: in the largest unit that leaves nothing over."""
    whole = int(seconds)
    if whole and whole % 3600 == 0:
        count = whole // 3600
        return ngettext("%(count)d hour", "%(count)d hours", count) % {"count": count}
    if whole and whole % 60 == 0:
        count = whole // 60
        return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}
    return ngettext("%(count)d second", "%(count)d seconds", whole) % {"count": whole}


def count_or_none(limit: int) -> str:
    """0 means no limit, as in the settings."""
    return str(limit) if limit else gettext("no limit")


_SET: tuple[tuple[str, str | Promise, Callable[[int], str]], ...] = (
    ("MAX_UPLOAD_BYTES", _("Upload, with all of its form"), size),
    ("MAX_AUDIO_SECONDS", _("Longest recording"), duration),
    (
        "RATE_LIMIT_PER_MINUTE",
        _("Requests for speech and transcripts in a minute, for each key"),
        count_or_none,
    ),
    ("MAX_CONCURRENT_JOBS", _("Requests at a time, for each key"), count_or_none),
    ("MAX_QUEUED_JOBS", _("Requests that may wait for a worker, of all accounts"), count_or_none),
    ("QUEUE_WAIT_SECONDS", _("Longest wait for a worker"), duration),
    (
        "BATCH_FROM_SECONDS",
        _("Length from which a recording is long, and waits in a line of its own"),
        duration,
    ),
    ("BATCH_WAIT_SECONDS", _("Longest wait of a long recording"), duration),
    ("IDEMPOTENCY_SECONDS", _("How long the result of an Idempotency-Key is kept"), duration),
    (
        "BAD_KEYS_PER_MINUTE",
        _("Requests with a wrong key in a minute, from one network"),
        count_or_none,
    ),
    (
        "ACCOUNT_CHANGES_PER_MINUTE",
        _("New keys, top-ups and promo codes in a minute, for each account"),
        count_or_none,
    ),
)
"""(setting, what it limits, how to say it)"""


def limits() -> list[Limit]:
    """Those that are fixed, then those that the operator of the server has set."""
    return [
        *_fixed(),
        *(Limit(of, said(getattr(settings, name)), name) for name, of, said in _SET),
    ]


def _fixed() -> list[Limit]:
    shortest = gettext("%(seconds)g seconds") % {"seconds": DecodeLimits().min_seconds}
    return [
        *(limit for module in registry.facts() for limit in module.limits()),
        Limit(_("Name of a model"), characters(MAX_MODEL_CHARACTERS)),
        Limit(_("Shortest recording"), shortest),
        Limit(_("Smallest top-up"), money.usd_cents(MIN_TOPUP_CENTS)),
        Limit(_("Largest top-up"), money.usd_cents(MAX_TOPUP_CENTS)),
    ]
