"""A noise reduction as AudioPod's own API shows it."""

from __future__ import annotations

from typing import Any

from audio_api.models import Job, JobFile
from audio_api.native import media
from audio_api.native.objects import is_kept
from audio_api.services.denoise.params import Cleaned, DenoiseRequest
from wallet.api.spelling import plain_number


def keys(job: Job) -> dict[str, Any]:
    """What such a job has beside the keys of every job. What came of it is null until then."""
    if "quality_mode" not in job.params:
        return {}
    request = DenoiseRequest.of(job.params)
    made = request.made if job.status == Job.Status.SUCCEEDED else None
    source, output = (_link(job, role) for role in (JobFile.Role.UPLOAD, JobFile.Role.OUTPUT))
    is_video = made is not None and made.is_video
    told: dict[str, Any] = {
        "quality_mode": request.quality_mode,
        "mode": request.quality_mode,
        "estimated_duration": plain_number(round(request.seconds, 3)) or None,
        "is_video": is_video,
        "input_path": source,
        "input_url": source,
        "output_path": output,
        "denoised_audio_url": output,
        "video_output_url": output if is_video else None,
        "stats": _stats(job, made) if made else None,
        "noise_reduction_db": made.noise_reduction_db if made else None,
        "waveform": {"before": made.before, "after": made.after} if made else None,
    }
    if made:
        told["duration"] = plain_number(round(made.seconds, 6))
    return told


def _link(job: Job, role: JobFile.Role) -> str | None:
    """To the first file of a role, as long as the job's files can be had."""
    if not is_kept(job) and role is JobFile.Role.OUTPUT:
        return None
    files = [file for file in job.files.all() if file.role == role]
    return media.link(files[0]) if files else None


def _stats(job: Job, made: Cleaned) -> dict[str, Any]:
    return {
        "noise_reduction_db": made.noise_reduction_db,
        "processing_time": made.processing_seconds,
        "audio_duration": plain_number(job.audio_seconds),
    }
