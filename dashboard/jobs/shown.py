"""Jobs and their files as pages show them."""

from __future__ import annotations

import json
import logging
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audio_api import registry
from audio_api.jobs import detached
from audio_api.models import Job, JobFile
from audio_api.native import media
from dashboard.usage.life import spelt

log = logging.getLogger(__name__)

FARTHEST = 200
"""Places in the queue that are counted. A job behind them shows only that it waits."""
PREVIEW_CHARACTERS = 1500
PREVIEW_BYTES = 2 * 1024 * 1024
"""Of a file, read at most; of JSON that is larger there is no preview."""
STAGES: dict[str, Promise] = {
    "cleaning": gettext_lazy("taking noise away"),
    "converting": gettext_lazy("converting"),
    "decoding": gettext_lazy("decoding"),
    "encoding": gettext_lazy("encoding"),
    "fetching": gettext_lazy("fetching"),
    "speaking": gettext_lazy("speaking"),
    "transcribing": gettext_lazy("transcribing"),
}
"""What workers call the parts of their work; another word is shown as it is."""
WAVE_HEIGHT = 40
"""Of the picture of a recording, whose bars are one wide."""
_JSON = "application/json"
_TEXTS = ("text/", "application/x-subrip")


@dataclass(frozen=True)
class ShownFile:
    """A file of a job, with the link by which it is played and downloaded."""

    file: JobFile

    @cached_property
    def url(self) -> str:
        """A signed link, without its host: pages play only what their own host has."""
        return urlsplit(media.link(self.file)).path

    @property
    def ending(self) -> str:
        """Of its name, such as "mp3": tells one file of a job from the others."""
        return Path(self.file.file_name).suffix.removeprefix(".")[:8]

    @property
    def is_audio(self) -> bool:
        return self.file.content_type.startswith("audio/")

    @cached_property
    def preview(self) -> str:
        """The beginning of a text, or what was heard of a transcript in JSON; else empty."""
        try:
            text = _text_of(self.file)
        except Exception:  # whatever the storage raises: the page shows everything else
            log.exception("%s could not be read", self.file.path)
            return ""
        return text if len(text) <= PREVIEW_CHARACTERS else f"{text[:PREVIEW_CHARACTERS]}…"


@dataclass(frozen=True, slots=True)
class Compared:
    """A recording before and after. before, after: outlines of both, as paths of an SVG; less_db:
    how much quieter its quietest parts became, None where they were silent."""

    before: str
    after: str
    less_db: float | None

    @classmethod
    def of(cls, params: dict[str, Any]) -> Compared | None:
        """None for a job that has no such pair."""
        made = params.get("made") or {}
        if "before" not in made or "after" not in made:
            return None
        # what is quiet can be seen as well
        scale = WAVE_HEIGHT / 2 / (max(made["before"], default=0.0) or 1.0)
        return cls(
            _outline(made["before"], scale),
            _outline(made["after"], scale),
            made["noise_reduction_db"],
        )


def _outline(peaks: list[float], scale: float) -> str:
    """A bar for each, upwards and downwards from the middle."""
    middle = WAVE_HEIGHT / 2
    heights = [min(middle, max(0.5, peak * scale)) for peak in peaks]
    return "".join(
        f"M{x}.5 {middle - height:.1f}v{2 * height:.1f}" for x, height in enumerate(heights)
    )


@dataclass(frozen=True)
class ShownJob:
    """A job with what its row or its page needs. place: in the queue, from 1, where it is known."""

    job: Job
    uploads: list[ShownFile] = field(default_factory=list)
    outputs: list[ShownFile] = field(default_factory=list)
    place: int | None = None

    @property
    def label(self) -> str:
        """The kind of its work."""
        return str(registry.get(self.job.kind).label)

    @property
    def name(self) -> str:
        return self.job.display_name or capfirst(self.label)

    @property
    def is_open(self) -> bool:
        return not self.job.is_over

    @property
    def may_retry(self) -> bool:
        return detached.may_retry(self.job)

    @property
    def is_kept(self) -> bool:
        """Whether its files are still there."""
        until = self.job.kept_until
        return until is not None and until > timezone.now()

    @property
    def kept_after(self) -> str:
        """For how long the files of an open job will be kept."""
        hours = max(1, round(settings.JOB_FILES_SECONDS / 3600))
        words = ngettext("%(n)d hour after its end", "%(n)d hours after its end", hours)
        return words % {"n": hours}

    @property
    def how_far(self) -> str:
        """Of an open job: percent and stage, or its place in the queue."""
        if self.job.status == Job.Status.QUEUED:
            if self.place is None:
                return _("waiting")
            return _("waiting, number %(place)d in the queue") % {"place": self.place}
        percent = _("%(percent)d %%") % {"percent": self.job.progress}
        stage = STAGES.get(self.job.stage, self.job.stage)
        return f"{percent}, {stage}" if stage else percent

    @property
    def taken(self) -> str:
        """How long it took from its start to its end; empty while it is open."""
        seconds = self.job.seconds_taken
        return "" if seconds is None else spelt(seconds)

    @property
    def compared(self) -> Compared | None:
        """Of a recording that was worked on, while both can be heard."""
        both = [*self.uploads[:1], *self.outputs[:1]]
        if self.job.status != Job.Status.SUCCEEDED or not self.is_kept or len(both) < 2:
            return None
        return Compared.of(self.job.params) if all(file.is_audio for file in both) else None

    @property
    def said(self) -> str:
        """The beginning of the text that it was to speak, while that is kept."""
        text = self.job.params.get("text")
        if not isinstance(text, str):
            return ""
        return text if len(text) <= PREVIEW_CHARACTERS else f"{text[:PREVIEW_CHARACTERS]}…"


def shown(jobs: Collection[Job], *, roles: Iterable[JobFile.Role]) -> list[ShownJob]:
    """Jobs with their files of some roles, in two queries at most."""
    files: defaultdict[uuid.UUID, dict[str, list[ShownFile]]]
    files = defaultdict(lambda: defaultdict(list))
    over = [job.pk for job in jobs]
    for file in JobFile.objects.filter(job__in=over, role__in=list(roles)):
        files[file.job_id][file.role].append(ShownFile(file))
    places = _places() if any(job.status == Job.Status.QUEUED for job in jobs) else {}
    return [
        ShownJob(
            job,
            uploads=files[job.pk][JobFile.Role.UPLOAD],
            outputs=files[job.pk][JobFile.Role.OUTPUT],
            place=places.get(job.pk),
        )
        for job in jobs
    ]


def _places() -> dict[uuid.UUID, int]:
    """Of the jobs of all accounts that wait in the lane, the ids of the first."""
    queued = Job.objects.with_status(Job.Status.QUEUED).filter(is_detached=True)
    ids = queued.order_by("created_at", "id").values_list("pk", flat=True)[:FARTHEST]
    return {job_id: place for place, job_id in enumerate(ids, start=1)}


def _text_of(file: JobFile) -> str:
    """Raises what the storage raises, and ValueError for what is not JSON."""
    is_json = file.content_type.startswith(_JSON)
    if not (is_json or file.content_type.startswith(_TEXTS)):
        return ""
    if is_json and file.bytes > PREVIEW_BYTES:
        return ""
    with default_storage.open(file.path) as opened:
        content = opened.read(PREVIEW_BYTES)
    if not is_json:
        return str(content.decode(errors="replace"))
    return _heard(json.loads(content))


def _heard(told: Any) -> str:
    """The words of a transcript: its `text`, or the segments of its newest version."""
    match told:
        case {"text": str(text)}:
            return text
        case {"versions": [*_, {"segments": [*segments]}]}:
            return "".join(str(segment["text"]) for segment in segments).strip()
    return ""
