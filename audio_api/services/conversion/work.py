"""Converting a job's recording, which no client waits for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from audio.codecs.convert import convert, seconds_told
from audio.codecs.verdict import Converted, DecodeError, DecodeReason
from audio_api.jobs.attempt import Attempt, InputRefused
from audio_api.models import JobFile
from audio_api.native.fetched import TOO_LONG, UNDECODABLE, downloaded, keep, require_paid
from audio_api.services.conversion import limits
from audio_api.services.conversion.params import ConversionRequest
from audio_api.services.conversion.price import bound
from audiopod.common.money import billed_ms

CONVERTING = "converting"
"""The stage of a job."""
AUDIO = "audio"
"""The name of its output."""


def run(attempt: Attempt) -> int:
    """Convert a job's recording. Returns the milliseconds that were decoded, which are charged."""
    request = ConversionRequest.of(attempt.job.params)
    attempt.alive()
    with _recording(attempt, request) as (source, name, request):
        recipe, stem = request.output_format.recipe, Path(name).stem or AUDIO
        file_name = f"{stem}.{request.output_format}"
        with attempt.output(AUDIO, file_name=file_name, content_type=recipe.content_type) as output:
            made = _converted(attempt, request, source, output)
    attempt.learned(replace(request, made=made))
    return made.paid_ms


@contextmanager
def _recording(
    attempt: Attempt, request: ConversionRequest
) -> Iterator[tuple[Path, str, ConversionRequest]]:
    """The job's recording on this machine, what it is called, and what is known of it now.

    Raises InputRefused for a link that is not taken, and for what is longer than was held for.
    """
    given = attempt.files(JobFile.Role.UPLOAD)
    if given:
        with attempt.local(given[0]) as path:
            yield path, given[0].file_name, request
        return
    link, most = request.source_url, limits.fetching()
    with downloaded(attempt, link, limits=most) as (path, got):
        measured = _measured(path, request)
        # what its link leads to was not known before
        attempt.hold_less(most_ms=billed_ms(measured.most_seconds), params=measured)
        yield path, got.file_name, measured
        keep(attempt, path, got)


def _measured(path: Path, request: ConversionRequest) -> ConversionRequest:
    with _refused():
        told = seconds_told(path, limits=limits.reading())
    require_paid(told, request.most_seconds)
    most = min(bound(told), request.most_seconds) if told else request.most_seconds
    return replace(request, seconds=told, most_seconds=most)


def _converted(
    attempt: Attempt, request: ConversionRequest, source: Path, output: IO[bytes]
) -> Converted:
    whole = request.seconds or request.most_seconds

    def alive(seconds: float) -> None:
        attempt.alive(progress=seconds / whole, stage=CONVERTING)

    with _refused():
        return convert(
            source,
            output,
            target=request.output_format,
            quality=request.quality,
            limits=limits.converting(request.most_seconds),
            alive=alive,
        )


@contextmanager
def _refused() -> Iterator[None]:
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
