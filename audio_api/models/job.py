"""One API call's life: what was asked, what became of it, what it cost. Also the usage record."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import BooleanField, F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, User
from audio_api import registry
from audiopod.common import idempotency
from audiopod.common.statements import Given, Update
from webhooks.targets import MAX_URL_CHARACTERS

NUMBERS = range(10**9, 2**53)
"""Public ids: random, so that they do not tell how much is going on, and exact in JavaScript."""
MAX_ATTEMPTS = 2
"""A job that has killed its worker twice is failed, not tried a third time."""

MAX_STAGE_CHARACTERS = 32
MAX_KIND_CHARACTERS = 32
"""A longer name passes on SQLite, and fails on PostgreSQL."""


def _is_among(*statuses: str) -> Func:
    """A condition written out. SQLite cannot tell of a list of parameters that it is the condition
    of a partial index, and would look at every job there is."""
    words = ", ".join(f"'{status}'" for status in statuses)
    template = f"%(expressions)s IN ({words})"
    return Func(F("status"), template=template, output_field=BooleanField())


class JobQuerySet(models.QuerySet["Job"]):
    def for_user(self, user: User) -> JobQuerySet:
        return self.filter(user=user)

    def open(self) -> JobQuerySet:
        """Not finished: queued or running."""
        return self.filter(_is_among(*Job.OPEN))

    def with_status(self, status: str) -> JobQuerySet:
        """Those that few jobs have are found by an index of their own."""
        for few in (Job.OPEN, Job.UNLUCKY):
            if status in few:
                return self.filter(_is_among(*few), status=status)
        return self.filter(status=status)

    def keyed(self, idempotency_key: str) -> JobQuerySet:
        """The job of an account that has this `Idempotency-Key`; of the empty one there is none."""
        # the exclusion is the condition of the index
        return self.exclude(idempotency_key="").filter(idempotency_key=idempotency_key)

    def detached(self) -> JobQuerySet:
        """Those that no client waits for, and that their owner has not deleted."""
        return self.filter(is_detached=True, deleted_at=None)

    def claim(self, job_id: uuid.UUID, *, lease: timedelta) -> int | None:
        """Take a job for this worker; None when somebody else has it or it is over.

        Of all jobs there are: a job is free when it is queued, or when its worker has let its
        lease run out.
        Returns the number of this attempt, which fences everything the attempt does.
        """
        now = timezone.now()
        claimed = _CLAIM.rows(job_id=job_id, now=now, lease_until=now + lease)
        return claimed[0][0] if claimed else None

    def held_by(self, job_id: uuid.UUID, attempt: int) -> JobQuerySet:
        """The job, if this attempt still owns it: the fence around every later write."""
        return self.filter(pk=job_id, attempt=attempt, status=Job.Status.RUNNING)

    def abandoned(self, now: datetime) -> JobQuerySet:
        """Jobs that nobody works on any more: past their lease, or never taken in time."""
        return self.open().filter(
            Q(status=Job.Status.RUNNING, lease_until__lt=now)
            | Q(status=Job.Status.QUEUED, queue_deadline__lt=now)
        )


def _to_claim() -> tuple[models.QuerySet[Job], dict[str, Any]]:
    now = Given("now", models.DateTimeField())
    free = Q(status=Job.Status.QUEUED) | Q(status=Job.Status.RUNNING, lease_until__lt=now)
    job_id = Given("job_id", models.UUIDField())
    return Job.objects.filter(free, pk=job_id, attempt__lt=MAX_ATTEMPTS), {
        "status": Job.Status.RUNNING,
        "attempt": F("attempt") + 1,
        "lease_until": Given("lease_until", models.DateTimeField()),
        "started_at": now,
    }


_CLAIM = Update(_to_claim, returning=["attempt"])
"""One statement, so that of two that claim neither can read the other's attempt."""


def random_number() -> int:
    """A public id. Two alike are as likely as a collision of two in nine quadrillion."""
    return NUMBERS.start + secrets.randbelow(len(NUMBERS))


def _unlucky(**indexes: list[str]) -> Iterator[models.Index]:
    """Of an account's requests that failed or were cancelled, the newest first."""
    for name, fields in indexes.items():
        yield models.Index(
            fields=["user", *fields, "-created_at"],
            name=name,
            condition=Q(status__in=["failed", "cancelled"]),
        )


class Job(models.Model):
    """A paid request. `params` hold it whole while it is open; the text is erased at its end."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    OPEN = (Status.QUEUED, Status.RUNNING)
    UNLUCKY = (Status.FAILED, Status.CANCELLED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # an index below begins with the account
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="jobs", db_index=False
    )
    api_key = models.ForeignKey(ApiKey, models.SET_NULL, null=True, blank=True)
    request_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=MAX_KIND_CHARACTERS, choices=registry.choices)
    status = models.CharField(max_length=16, choices=Status, default=Status.QUEUED)
    model = models.CharField(max_length=128, help_text=_("the model name the client asked for"))
    voice_name = models.CharField(max_length=128, blank=True)
    params: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    source = models.CharField(
        max_length=255, blank=True, help_text=_("decoded audio in the storage, while needed")
    )

    # A job that no client waits for: it is settled when its output is stored, whoever listens.
    is_detached = models.BooleanField(default=False, editable=False)
    number = models.BigIntegerField(
        null=True, blank=True, unique=True, editable=False, help_text=_("its public id")
    )
    display_name = models.CharField(
        max_length=255, blank=True, help_text=_("what its owner knows it by, such as a file name")
    )
    webhook_url = models.CharField(
        max_length=MAX_URL_CHARACTERS,
        blank=True,
        editable=False,
        help_text=_("where its owner wants to be told of its end"),
    )
    progress = models.PositiveSmallIntegerField(default=0, help_text=_("percent"))
    stage = models.CharField(
        max_length=MAX_STAGE_CHARACTERS, blank=True, help_text=_("what is being done, in a word")
    )
    kept_until = models.DateTimeField(
        null=True, blank=True, help_text=_("when its files and its text are erased")
    )
    deleted_at = models.DateTimeField(null=True, blank=True, help_text=_("by its owner"))

    idempotency_key = models.CharField(
        max_length=idempotency.MAX_CHARACTERS,
        blank=True,
        editable=False,
        help_text=_("the client's own; empty once the result is no longer kept"),
    )
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    result = models.CharField(
        max_length=255, blank=True, help_text=_("what a keyed request got, in the storage")
    )

    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    queue_deadline = models.DateTimeField()

    # Kept for ever with the price that was used: a change of rates never touches the past.
    price_micros_per_minute = models.BigIntegerField()
    held_micros = models.BigIntegerField()
    audio_ms = models.BigIntegerField(default=0, help_text=_("milliseconds of audio charged for"))
    cost_micros = models.BigIntegerField(default=0)
    written_off_micros = models.BigIntegerField(
        default=0, help_text=_("work done beyond the hold, which nobody is charged for")
    )

    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    first_byte_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="job_by_user"),
            # The request log: each of its filters costs as much for a million jobs as for few.
            models.Index(fields=["user", "api_key", "-created_at"], name="job_by_user_key"),
            models.Index(fields=["user", "kind", "-created_at"], name="job_by_user_kind"),
            models.Index(fields=["user", "voice_name", "-created_at"], name="job_by_user_voice"),
            models.Index(
                fields=["user", "api_key", "kind", "-created_at"], name="job_by_user_key_kind"
            ),
            models.Index(
                fields=["user", "api_key", "voice_name", "-created_at"],
                name="job_by_user_key_voice",
            ),
            models.Index(fields=["user", "request_id"], name="job_by_user_request"),
            # Few requests end so, and no other costs anything here.
            *_unlucky(
                job_unlucky=["status"],
                job_unlucky_key=["status", "api_key"],
                job_unlucky_kind=["status", "kind"],
                job_unlucky_voice=["status", "voice_name"],
                job_unlucky_key_kind=["status", "api_key", "kind"],
                job_unlucky_key_voice=["status", "api_key", "voice_name"],
            ),
            models.Index(
                fields=["user", "status", "-created_at"],
                name="job_open_by_user",
                condition=Q(status__in=["queued", "running"]),
            ),
            # Without the lease: a renewal that changes no index writes to none of them.
            models.Index(
                fields=["status"],
                name="job_open",
                condition=Q(status__in=["queued", "running"]),
            ),
            models.Index(
                fields=["api_key", "status"],
                name="job_open_by_key",
                condition=Q(status__in=["queued", "running"]),
            ),
            models.Index(
                fields=["user", "-created_at", "-id"],
                name="job_detached_by_user",
                condition=Q(is_detached=True),
            ),
            models.Index(
                fields=["kept_until"],
                name="job_kept_files",
                condition=Q(kept_until__isnull=False),
            ),
            models.Index(
                fields=["finished_at"],
                name="job_kept_result",
                condition=~Q(idempotency_key=""),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "idempotency_key"],
                name="job_once_for_an_idempotency_key",
                condition=~Q(idempotency_key=""),
            ),
            models.CheckConstraint(
                name="job_cost_not_negative",
                condition=Q(cost_micros__gte=0, held_micros__gte=0, audio_ms__gte=0),
            ),
            models.CheckConstraint(
                name="job_failed_costs_nothing",
                condition=~Q(status__in=["queued", "running", "failed"]) | Q(cost_micros=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def public_id(self) -> str:
        """What the API calls it: its number, or its UUID where it has none."""
        return str(self.number or self.pk)

    @property
    def is_over(self) -> bool:
        return self.status not in self.OPEN

    @property
    def is_kept(self) -> bool:
        """Whether its result is kept for the client to ask for again. Such a job is worked to
        its end even when the client leaves, and then charged whole."""
        return bool(self.idempotency_key)

    @property
    def seconds_taken(self) -> float | None:
        """From the request to its end, or None while it is open."""
        return (self.finished_at - self.created_at).total_seconds() if self.finished_at else None

    @property
    def audio_seconds(self) -> float:
        """Seconds of audio charged for."""
        return self.audio_ms / 1000
