"""A transcript that no client waits for, as AudioPod's own API shows it."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage

from audio_api.models import Job, JobFile
from audio_api.native import media
from audio_api.native.objects import is_kept, job_object
from audio_api.services.transcription.detached import TRANSCRIPT
from audio_api.services.transcription.documents import (
    StoredTranscript,
    confidence_score,
    segments_answer,
    speakers_answer,
)
from audiopod.common.problem import Problem
from wallet.api.spelling import plain_number


def keys(job: Job) -> dict[str, Any]:
    """What such a job has beside the keys of every job; the transcript itself is not among them."""
    asked = job.params
    newest = newest_version(job)
    return {
        "source_urls": [source for source in asked.get("sources", []) if source] or None,
        "language": asked.get("language"),
        "model_type": asked.get("model_type") or None,
        "enable_speaker_diarization": False,
        "min_speakers": asked.get("min_speakers"),
        "max_speakers": asked.get("max_speakers"),
        "estimated_duration": plain_number(asked.get("seconds") or 0.0),
        "transcript_path": newest.file_name if newest else None,
        "transcript_url": media.link(newest) if newest else None,
        "detected_language": None,
        "confidence_score": None,
    }


def transcription_object(job: Job) -> dict[str, Any]:
    """The same with what was heard, once it is there."""
    whole = job_object(job)
    newest = newest_version(job)
    if newest is None:
        return whole
    try:
        stored = read(newest)
    except Problem:  # the job is there, and so is what it cost
        return whole
    return whole | {
        "detected_language": stored.language,
        "confidence_score": confidence_score(stored),
        "total_duration": stored.duration,
        "transcript": stored.text,
        "text": stored.text,
        "segments": segments_answer(stored),
        "speakers": speakers_answer(stored),
    }


def newest_version(job: Job) -> JobFile | None:
    """The file of the transcript as it was corrected last; None before it is there, and when it is
    not kept any more."""
    if job.status != Job.Status.SUCCEEDED or not is_kept(job):
        return None
    versions = [
        file
        for file in job.files.all()
        if file.role == JobFile.Role.OUTPUT and file.name == TRANSCRIPT
    ]
    return max(versions, key=lambda file: file.position, default=None)


def require_transcript(job: Job) -> JobFile:
    """Raises Problem: 409 while there is none yet or there will be none, 410 when it is erased."""
    if newest := newest_version(job):
        return newest
    if job.status == Job.Status.SUCCEEDED:
        raise _not_kept()
    words = (
        "This job is not finished: ask again when it is."
        if not job.is_over
        else "This job has no transcript: it failed or was cancelled."
    )
    raise Problem(words, status=409, code="job_not_completed")


def read(file: JobFile) -> StoredTranscript:
    """Raises Problem (410) where it was erased since its row was found."""
    try:
        with default_storage.open(file.path) as opened:
            return StoredTranscript.from_bytes(opened.read())
    except FileNotFoundError:
        raise _not_kept() from None


def _not_kept() -> Problem:
    return Problem(
        "The transcript of this job is not kept any more.", status=410, code="file_expired"
    )
