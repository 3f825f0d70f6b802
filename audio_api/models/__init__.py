"""What it does: jobs, and the days of usage that they add up to."""

from audio_api.models.job import MAX_ATTEMPTS, Job, JobQuerySet
from audio_api.models.usage import UsageDay, UsageDayQuerySet

__all__ = ["MAX_ATTEMPTS", "Job", "JobQuerySet", "UsageDay", "UsageDayQuerySet"]
