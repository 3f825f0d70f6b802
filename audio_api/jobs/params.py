"""What a kind of work is asked to do, as far as every kind is alike."""

from __future__ import annotations

from typing import Any, Protocol


class Params(Protocol):
    """A request in one representation from the view to the worker."""

    @property
    def model(self) -> str:
        """The model that the client named, or the empty string."""
        ...

    def stored(self) -> dict[str, Any]:
        """What `Job.params` holds while the job is open: JSON."""
        ...


_CONTENT = {"text", "prompt", "keywords", "instructions"}


def without_content(params: dict[str, Any]) -> dict[str, Any]:
    """What may be kept of a request that is over: how it was asked, not what was said."""
    return {k: v for k, v in params.items() if k not in _CONTENT}
