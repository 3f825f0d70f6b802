"""Another version of a transcript, beside those before it."""

from __future__ import annotations

import io

from django.db import transaction

from audio_api.jobs import files
from audio_api.models import Job, JobFile
from audio_api.services.transcription.detached import TRANSCRIPT
from audio_api.services.transcription.documents import StoredTranscript
from audiopod.common.problem import Problem

MAX_VERSIONS = 100
"""Of a transcript. Each is a file of up to a megabyte or two, and nobody pays for it."""


def require_room(stored: StoredTranscript) -> None:
    """Raises Problem (409) where a transcript has as many versions as it may have."""
    if stored.version >= MAX_VERSIONS:
        raise Problem(
            f"This transcript has {MAX_VERSIONS} versions, as many as are kept. Download it, and"
            " go on with your own copy.",
            status=409,
            param="segments",
            code="too_many_versions",
        )


def keep_version(job: Job, stored: StoredTranscript) -> JobFile:
    """Keep a version in a file of its own. Raises IntegrityError when there is one of its number,
    which nothing is kept of then."""
    file = files.keep(
        job,
        JobFile.Role.OUTPUT,
        TRANSCRIPT,
        io.BytesIO(stored.to_bytes()),
        file_name=f"{TRANSCRIPT}-{stored.version}.json",
        content_type="application/json",
        position=stored.version - 1,
    )
    try:
        with transaction.atomic():
            # while it is locked, no sweeper erases its files: a row that came after would stay
            Job.objects.select_for_update().get(pk=job.pk, kept_until=job.kept_until)
            file.save()
    except BaseException:
        files.forget([file])
        raise
    return file
