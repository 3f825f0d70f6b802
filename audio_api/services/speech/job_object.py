"""A speech that no client waits for, as AudioPod's own API shows it."""

from __future__ import annotations

from typing import Any

from audio_api.models import Job, JobFile
from audio_api.native import media
from audio_api.native.objects import is_kept, job_object
from audio_api.services.speech.detached import AUDIO, TIMESTAMPS
from voices.models import VoiceProfile

JOB_TYPE = "single"


def keys(job: Job) -> dict[str, Any]:
    """What such a job has beside the keys of every job. The text is null once it is erased."""
    text = job.params.get("text")
    files = {file.name: file for file in job.files.all() if file.role == JobFile.Role.OUTPUT}
    made = files if is_kept(job) else {}
    return {
        "voice_id": job.params.get("voice_id"),
        "voice_name": job.voice_name,
        "input_text": text,
        "target_language": job.params.get("target_language"),
        "audio_format": job.params.get("response_format"),
        "output_path": made[AUDIO].file_name if AUDIO in made else None,
        "timestamps_url": media.link(made[TIMESTAMPS]) if TIMESTAMPS in made else None,
        "estimated_duration": _estimate(job),
    }


def tts_object(job: Job) -> dict[str, Any]:
    """The same where clients ask for a speech alone: there the status is in lower case."""
    whole = job_object(job)
    return whole | {
        "status": whole["status"].lower(),
        "job_type": JOB_TYPE,
        "voice_info": _voice(job),
    }


def _estimate(job: Job) -> float | None:
    usual_ms = job.params.get("usual_ms")
    return None if usual_ms is None else round(usual_ms / 1000, 1)


def _voice(job: Job) -> dict[str, Any]:
    number = job.params.get("voice_id")
    voice = VoiceProfile.objects.filter(pk=number).first() if number else None
    return {
        "id": number,
        "name": job.voice_name,
        "display_name": voice.display_name if voice else job.voice_name,
    }
