"""What a kind of work is asked to do, as far as every kind is alike."""

from __future__ import annotations

from typing import Any, Protocol

from audio_api import registry
from audio_api.models import Job
from audio_api.registry import UnknownService


class Params(Protocol):
    """A request in one representation from the view to the worker."""

    @property
    def model(self) -> str:
        """The model that the client named, or the empty string."""
        ...

    def stored(self) -> dict[str, Any]:
        """What `Job.params` holds while the job is open: JSON."""
        ...


def without_content(job: Job) -> dict[str, Any]:
    """What may be kept of a request that is over: how it was asked, not what was said.

    Of a kind that is not known here nothing may be kept, since nothing says what it was.
    """
    try:
        asked = registry.get(job.kind).params
    except UnknownService:
        return {}
    return {name: job.params[name] for name in (*asked.SHOWN, *asked.KEPT) if name in job.params}
