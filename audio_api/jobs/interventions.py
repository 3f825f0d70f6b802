"""What staff may do about an open job: end it, or see to it that somebody works on it.

Neither can do harm: a job is taken, and paid for, once, however often it is handed out.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audio_api import channel
from audio_api.channel import Failed
from audio_api.jobs import settlement, sweeper
from audio_api.jobs.lanes import enqueue
from audio_api.models import Job


class Reason(NamedTuple):
    """Why a job is ended, as its client reads it."""

    code: str
    told: str


BY_OPERATOR = Reason(
    "cancelled_by_administrator", "This request was cancelled by the operator of this server."
)
BY_OWNER = Reason("cancelled_by_owner", "This request was cancelled on the dashboard.")


class Cancelled(StrEnum):
    """What became of the wish to end a job."""

    AT_ONCE = "at once"
    """No worker had taken it: it is over, and cost nothing."""
    ENDED = "ended"
    """No client waits for it: it is over, and cost nothing, whoever was at it."""
    SOON = "soon"
    """Its client is told, and its worker ends it at the next piece of work, charging what was
    delivered by then."""
    KEPT = "kept"
    """It has an idempotency key: its client may ask for the result again, so it runs to its end."""
    DESERTED = "deserted"
    """Its client has gone: the worker, or the sweeper, ends it without being asked."""
    OVER = "over"

    @property
    def words(self) -> str:
        return str(_CANCELLED[self])


_CANCELLED = {
    Cancelled.AT_ONCE: _("cancelled before a worker took it; nothing was charged"),
    Cancelled.ENDED: _("cancelled; nothing was charged"),
    Cancelled.SOON: _("being cancelled; what had reached the client is charged"),
    Cancelled.KEPT: _("not cancelled: its client may ask for the result again, by its key"),
    Cancelled.DESERTED: _("not cancelled: its client has gone, and its worker will end it"),
    Cancelled.OVER: _("was over already"),
}


class HandedOver(StrEnum):
    """What became of the wish that somebody works on a job."""

    QUEUED = "queued"
    """A worker finds it in the queue (again), whatever had become of the message."""
    SWEPT = "swept"
    """Its worker, or its place in the queue, is lost: it runs anew, is settled, or fails."""
    BUSY = "busy"
    OVER = "over"
    OVER_DETACHED = "over, detached"
    """What it was asked may still be there, but it runs again only when its owner pays again."""

    @property
    def words(self) -> str:
        return str(_HANDED_OVER[self])


_HANDED_OVER = {
    HandedOver.QUEUED: _("put into the queue again"),
    HandedOver.SWEPT: _("its worker was lost: started anew, or ended without a charge"),
    HandedOver.BUSY: _("left alone: a worker is at it"),
    HandedOver.OVER: _("is over: its text is erased, so it can't run again"),
    HandedOver.OVER_DETACHED: _("is over: only its owner can run it again, and pay for it"),
}


def cancel(job: Job, reason: Reason = BY_OPERATOR) -> Cancelled:
    """End an open job as fairly as when its client leaves: only what was delivered is paid."""
    if job.is_detached:
        ended = settlement.cancel_detached(job, code=reason.code, message=reason.told)
        return Cancelled.ENDED if ended else Cancelled.OVER
    is_queued = job.status == Job.Status.QUEUED
    if is_queued and settlement.withdraw(job, code=reason.code, message=reason.told):
        _tell(job, reason, f"{reason.told} You were not charged.")
        return Cancelled.AT_ONCE
    job.refresh_from_db(fields=["status"])
    if job.status not in Job.OPEN:
        return Cancelled.OVER
    if job.is_kept:
        return Cancelled.KEPT
    return Cancelled.SOON if _tell(job, reason, reason.told) else Cancelled.DESERTED


def _tell(job: Job, reason: Reason, message: str) -> bool:
    """Whether somebody listens. Who hears of the end hangs up, and that is what ends the work."""
    writer = channel.open_writer(job.id)
    if not writer.listened() or writer.cancelled():
        return False
    writer.send(Failed(503, message, reason.code))
    return True


def hand_over(job: Job) -> HandedOver:
    """See to a job that may be stuck, without waiting for the sweeper. Raises what the broker
    raises."""
    now = timezone.now()
    if job.is_over:
        return HandedOver.OVER_DETACHED if job.is_detached else HandedOver.OVER
    if Job.objects.abandoned(now).filter(pk=job.pk).exists():
        sweeper.see_to(job)
        return HandedOver.SWEPT
    if job.status == Job.Status.RUNNING:
        return HandedOver.BUSY
    enqueue(job)
    return HandedOver.QUEUED
