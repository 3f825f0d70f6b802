"""The kinds of work that are sold, each a folder of `audio_api/services/`.

`apps.ready()` registers them. Everything that has to know all kinds asks here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.module_loading import import_string

from wallet.offers import Offer


class UnknownService(LookupError):
    """A job of a kind that no folder of `audio_api/services/` is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A kind of work.

    kind: `Job.kind`, at most 32 characters; offer: what the wallet sells by it; work: the dotted
    path of the function that a worker calls for a job of this kind, imported by workers only.
    """

    kind: str
    label: Promise
    offer: Offer
    work: str

    def worker(self) -> Callable[..., None]:
        """The function that does the work."""
        found: Callable[..., None] = import_string(self.work)
        return found


_services: dict[str, Service] = {}


def register(service: Service) -> None:
    """Make a kind of work known. The same service again changes nothing; another of the same
    kind raises ValueError."""
    if _services.setdefault(service.kind, service) != service:
        raise ValueError(f"There is another service of the kind {service.kind!r}.")


def get(kind: str) -> Service:
    """Raises UnknownService."""
    try:
        return _services[kind]
    except KeyError:
        raise UnknownService(f"No service is of the kind {kind!r}.") from None


def services() -> list[Service]:
    """All kinds of work, in the order in which they were registered."""
    return list(_services.values())
