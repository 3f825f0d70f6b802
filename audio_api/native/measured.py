"""A recording whose length its packets tell, and which only decoding knows for certain.

A job holds the price of a bound of it, and is charged for what was decoded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from audio.codecs.convert import seconds_told
from audio.codecs.verdict import DecodeError, DecodeLimits, DecodeReason
from audio_api.jobs.attempt import Attempt, InputRefused
from audio_api.jobs.params import Params
from audio_api.models import JobFile
from audio_api.native.fetched import TOO_LONG, UNDECODABLE, downloaded, keep, require_paid
from audiopod.common.links.verdict import FetchLimits
from audiopod.common.money import billed_ms

_MARGIN, _MARGIN_SECONDS = 1.01, 1.0
"""Clocks of containers are rounded to milliseconds, which are four hundredths of a packet, and a
codec may have some packets' worth of samples more than it says."""


class Measured(Params, Protocol):
    """What a job is asked to do to one recording, as a dataclass.

    source_url: the link that a worker fetches it from, or "" for one that the job has as a file;
    seconds: what its packets say, 0 where that is not known yet; most_seconds: what of it may have
    to be paid for, since no more was held for.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def source_url(self) -> str: ...
    @property
    def seconds(self) -> float: ...
    @property
    def most_seconds(self) -> float: ...


M = TypeVar("M", bound=Measured)


def bound(told: float, *, longest: float) -> float:
    """As many seconds as a recording may turn out to have whose packets say so many. longest: of
    any."""
    return min(told * _MARGIN + _MARGIN_SECONDS, longest)


@contextmanager
def recording(
    attempt: Attempt, request: M, *, reading: DecodeLimits, fetching: FetchLimits
) -> Iterator[tuple[Path, str, M]]:
    """The job's recording on this machine, what it is called, and the request with what is known
    of it now.

    Raises InputRefused for a link that is not taken, and for what is longer than was held for.
    """
    given = attempt.files(JobFile.Role.UPLOAD)
    if given:
        with attempt.local(given[0]) as path:
            yield path, given[0].file_name, request
        return
    with downloaded(attempt, request.source_url, limits=fetching) as (path, got):
        known = _measured(path, request, reading)
        # what its link leads to was not known before
        attempt.hold_less(most_ms=billed_ms(known.most_seconds), params=known)
        yield path, got.file_name, known
        keep(attempt, path, got)


@contextmanager
def refused() -> Iterator[None]:
    """What is wrong with a recording is told as InputRefused; what is wrong here is raised."""
    try:
        yield
    except DecodeError as error:
        if error.reason is DecodeReason.UNAVAILABLE:
            raise
        code, words = UNDECODABLE, str(error)
        if error.reason is DecodeReason.TOO_LONG:
            code = TOO_LONG
            words = (
                "There is more sound in the file than it says, or than this job could pay for:"
                " after as much as it could it was stopped. Send the recording in parts, or as"
                " another file if this one was cut or joined."
            )
        raise InputRefused(f"{words} You were not charged.", code) from None


def _measured(path: Path, request: M, reading: DecodeLimits) -> M:
    with refused():
        told = seconds_told(path, limits=reading)
    require_paid(told, request.most_seconds)
    most = request.most_seconds
    if told:
        most = min(bound(told, longest=reading.max_seconds), most)
    return replace(request, seconds=told, most_seconds=most)
