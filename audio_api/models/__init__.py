"""What it does: jobs with their files, and the days of usage that they add up to."""

from audio_api.models.files import JobFile
from audio_api.models.job import MAX_ATTEMPTS, Job, JobQuerySet
from audio_api.models.usage import UsageDay, UsageDayQuerySet

__all__ = ["MAX_ATTEMPTS", "Job", "JobFile", "JobQuerySet", "UsageDay", "UsageDayQuerySet"]
