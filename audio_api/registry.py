"""The kinds of work that are sold, each a folder of `audio_api/services/`.

`apps.ready()` registers them. Everything that has to know all kinds asks here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import ClassVar, Protocol

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from audiopod.common.features import Feature
from wallet.offers import Offer


class UnknownService(LookupError):
    """A job of a kind that no folder of `audio_api/services/` is for."""


class ParamsClass(Protocol):
    """The dataclass of what a kind of work is asked, with what becomes of its fields.

    SHOWN: those that its owner sees, by the names and in the order of the API; KEPT: those that
    stay, and are not shown. All others are what was said, and are erased when the job is over.
    """

    SHOWN: ClassVar[tuple[str, ...]]
    KEPT: ClassVar[tuple[str, ...]]


USUAL_UPLOAD = "MAX_UPLOAD_BYTES"
"""The setting that bounds recordings where a service has none of its own."""
Weighted = tuple[tuple[str, int], ...]
"""Things, each with how often it is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What requests of a kind look like in an account of sample data.

    share: how many there are, beside those of other kinds; median_seconds, spread: of their
    audio, whose lengths are distributed log-normally; speed: seconds of audio that a worker does
    in a second.
    """

    share: int
    models: Weighted
    formats: Weighted
    median_seconds: float
    spread: float
    speed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A page of the playground. url_name: of its URL; upload: the path to which it sends
    recordings that are larger than a form, with a pass; it may take none."""

    label: Promise
    url_name: str
    upload: str = ""


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A `code` of an answer. code: None where the status says it all; remedy: what to do;
    retry: whether the same again can help."""

    code: str | None
    status: int
    meaning: str | Promise
    remedy: str | Promise
    retry: bool = False


@dataclass(frozen=True, slots=True)
class DocsPage:
    """A page of the documentation: its address under `/docs/`, and what it is about."""

    slug: str
    title: Promise
    summary: Promise

    @property
    def template(self) -> str:
        return f"docs/{self.slug}.html"

    @property
    def url(self) -> str:
        return reverse("docs-page", args=[self.slug])


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A kind of work.

    kind: `Job.kind`, at most 32 characters, and a name that a program may call a tool by.
    offer: what the wallet sells by it. price_micros_per_minute: its price until an operator sets
    another. params: what it is asked. scope: what a key needs for it, perhaps for
    other kinds too; scope_label: what that allows.
    switch: what it is switched off by, perhaps with other kinds. work: the dotted path of the
    function that a worker calls for a job of this kind, imported by workers only; empty where all
    its jobs are detached.
    routes: that of the module with the `urlpatterns` of its endpoints, which follow `/api/v1/`;
    several kinds may share one. uploads: the addresses among them that take a recording.
    docs: the page that explains it, perhaps with other kinds.
    errors: the codes that it alone answers with, perhaps with other kinds.
    facts: the path of the module whose `facts()` and `limits()` the documentation shows.
    tab: where the playground tries it, perhaps on the page of another kind.
    has_voices: whether each job has a voice. place: where it stands among the others, in lists and
    tabs: those of a lower one come first. sample: what its requests look like in sample data.
    """

    kind: str
    label: Promise
    offer: Offer
    price_micros_per_minute: int
    params: type[ParamsClass]
    scope: str
    scope_label: Promise
    switch: Feature
    work: str = ""
    job_type: str = ""
    """What AudioPod's own API calls a detached job of this kind, such as "text_to_speech"."""
    native_keys: str = ""
    """The dotted path of a function of a `Job` that returns the keys that AudioPod's own API shows
    beside those of every job. Empty where there are none."""
    detached_work: str = ""
    """The same for a job that no client waits for: a function of an `Attempt` that returns how many
    milliseconds of audio are charged. Empty where the kind has no such jobs."""
    routes: str
    sample: Sample
    uploads: tuple[str, ...] = ()
    upload_setting: str = USUAL_UPLOAD
    """The setting that says how large a body with a recording may be, all of its form included."""
    docs: DocsPage
    errors: tuple[ErrorCode, ...]
    facts: str = ""
    tab: Tab | None = None
    has_voices: bool = False
    place: int = 0

    def worker(self) -> Callable[..., None]:
        """The function that does the work. Raises UnknownService."""
        if not self.work:
            raise UnknownService(f"The service {self.kind!r} has detached jobs only.")
        found: Callable[..., None] = import_string(self.work)
        return found

    def detached_worker(self) -> Callable[..., int]:
        """The function that does the work of a detached job. Raises UnknownService."""
        if not self.detached_work:
            raise UnknownService(f"The service {self.kind!r} has no detached jobs.")
        found: Callable[..., int] = import_string(self.detached_work)
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


def routes() -> list[str]:
    """The modules with the endpoints of all services, each once."""
    return list(dict.fromkeys(service.routes for service in services()))


def takes_upload(path: str) -> bool:
    """Whether a recording may be sent to an address, which follows `/api/v1/`. Asks no database."""
    return any(path in service.uploads for service in _services.values())


def upload_setting(path: str) -> str:
    """The setting that bounds what may be sent to an address, one of the API after `/api/v1/` or of
    a page. Raises UnknownService for an address that takes no recording. Asks no database."""
    for service in _services.values():
        if path in service.uploads or (service.tab and service.tab.upload == path):
            return service.upload_setting
    raise UnknownService(f"No recording is taken at {path!r}.")


def docs() -> list[DocsPage]:
    """The pages that explain services, each once."""
    return list(dict.fromkeys(service.docs for service in services()))


def errors() -> list[ErrorCode]:
    """The codes that services bring, each once."""
    return list(dict.fromkeys(error for service in services() for error in service.errors))


def facts() -> list[ModuleType]:
    """The modules that have something for the documentation, each once."""
    paths = dict.fromkeys(service.facts for service in services() if service.facts)
    return [import_module(path) for path in paths]


def tabs() -> list[Tab]:
    """The pages of the playground."""
    return [service.tab for service in services() if service.tab]


def is_page_upload(path: str) -> bool:
    """Whether a page sends recordings there. Asks no database."""
    return any(service.tab.upload == path for service in _services.values() if service.tab)


def choices() -> list[tuple[str, Promise]]:
    """Each kind with its label: what the `kind` of a model may be. Migrations name this function,
    so that a new kind of work needs none."""
    return [(service.kind, service.label) for service in services()]
