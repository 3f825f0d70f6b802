"""A request's life, drawn: how long it waited, worked and was handed on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from audio_api.models import Job

WIDTH = 1000
"""Units of the drawing, which is stretched to the width of its place."""
LEAST = 6
"""The least width of a span that took any time, so that it is seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of a request's life. `name` is what it is drawn as."""

    name: str
    words: str
    begins: datetime
    seconds: float
    x: int = 0
    width: int = 0

    @property
    def spelt(self) -> str:
        return spelt(self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened; `seconds` after the request was made."""

    words: str
    at: datetime
    seconds: float

    @property
    def spelt(self) -> str:
        return spelt(self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    spans: list[Span]
    moments: list[Moment]
    seconds: float
    """To its end, or until now."""
    width: int = WIDTH

    @property
    def in_words(self) -> str:
        """What the picture shows, for readers who do not see it."""
        return "; ".join(f"{span.words}: {span.spelt}" for span in self.spans)


def life_of(job: Job) -> Life:
    """An attempt that was lost is part of the waiting: the times are those of the last one."""
    end = job.finished_at or timezone.now()
    spans = list(_spans(job, end))
    total = sum(span.seconds for span in spans)
    return Life(spans=_placed(spans, total), moments=list(_moments(job)), seconds=total)


def spelt(seconds: float) -> str:
    """ "0.84 s", "2 min 05 s"."""
    if seconds < 60:
        return _("%(seconds).2f s") % {"seconds": seconds}
    minutes, rest = divmod(round(seconds), 60)
    return _("%(minutes)d min %(seconds)02d s") % {"minutes": minutes, "seconds": rest}


def _spans(job: Job, end: datetime) -> Iterator[Span]:
    yield _span("queued", _("Waiting for a worker"), job.created_at, job.started_at or end)
    if job.started_at is None:
        return
    if job.first_byte_at is None:
        yield _span("working", _("Working"), job.started_at, end)
        return
    yield _span("working", _("Working until the first byte"), job.started_at, job.first_byte_at)
    yield _span("sending", _("Sending, while the rest is made"), job.first_byte_at, end)


def _span(name: str, words: str, begins: datetime, ends: datetime) -> Span:
    """A span; of 0 seconds where the clocks of two machines disagree."""
    seconds = max(0.0, (ends - begins).total_seconds())
    return Span(name=name, words=words, begins=begins, seconds=seconds)


def _placed(spans: list[Span], total: float) -> list[Span]:
    placed, x = [], 0
    for span in spans:
        width = max(LEAST, round(WIDTH * span.seconds / total)) if total else LEAST
        width = min(width, WIDTH - x)
        placed.append(replace(span, x=x, width=width))
        x += width
    return placed


def _moments(job: Job) -> Iterator[Moment]:
    ended = {
        Job.Status.SUCCEEDED: _("Done"),
        Job.Status.FAILED: _("Failed"),
        Job.Status.CANCELLED: _("Cancelled"),
    }
    known = [
        (_("Queued"), job.created_at),
        (_("Started"), job.started_at),
        (_("First byte"), job.first_byte_at),
        (ended.get(Job.Status(job.status), _("Done")), job.finished_at),
    ]
    for words, at in known:
        if at is not None:
            seconds = max(0.0, (at - job.created_at).total_seconds())
            yield Moment(words=words, at=at, seconds=seconds)
