"""What an account may be told of."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Event(TextChoices):
    """The types of events, by AudioPod's names."""

    COMPLETED = "job.completed", _("a job is done")
    FAILED = "job.failed", _("a job failed")
    CANCELLED = "job.cancelled", _("a job was cancelled")
    TEST = "webhook.test", _("a test")


OF_JOBS = (Event.COMPLETED, Event.FAILED, Event.CANCELLED)
"""What an endpoint is told of unless it says otherwise. A test goes to the one that is tested."""


def of_jobs() -> list[str]:
    return [event.value for event in OF_JOBS]
