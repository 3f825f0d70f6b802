"""A conversion as AudioPod's own API shows it."""

from __future__ import annotations

from typing import Any

from audio_api.models import Job, JobFile
from audio_api.native import media
from audio_api.native.objects import is_kept
from audio_api.services.conversion.changes import changes
from audio_api.services.conversion.params import ConversionRequest
from wallet.api.spelling import plain_number


def keys(job: Job) -> dict[str, Any]:
    """What such a job has beside the keys of every job. What came of it is null until then."""
    if "output_format" not in job.params:
        return {}
    request = ConversionRequest.of(job.params)
    made = request.made if job.status == Job.Status.SUCCEEDED else None
    outputs = [file for file in job.files.all() if file.role == JobFile.Role.OUTPUT]
    output = outputs[0] if outputs and is_kept(job) else None
    told: dict[str, Any] = {
        "output_format": request.output_format,
        "quality": request.quality,
        "estimated_duration": plain_number(round(request.seconds, 3)) or None,
        "download_url": media.link(output) if output else None,
        "file_size": output.bytes if output else None,
        "sample_rate": made.rate if made else None,
        "channels": made.channels if made else None,
        "bit_depth": (made.bits or None) if made else None,
        "changes": changes(request, made) if made else None,
    }
    if made:
        told["duration"] = plain_number(round(made.seconds, 6))
    return told
