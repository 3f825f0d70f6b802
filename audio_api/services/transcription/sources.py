"""The recordings of a job that no client waits for: its files, and what its links lead to."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.conf import settings

from audio.codecs.decode import decode
from audio.codecs.verdict import PCM_RATE, DecodeError, DecodeLimits, DecodeReason
from audio.engines.base import Recording
from audio_api.jobs.attempt import Attempt, InputRefused
from audio_api.models import JobFile
from audio_api.services.transcription.params import TranscriptionJobRequest
from audiopod.common.links.configured import allow_list, fetch_limits
from audiopod.common.links.fetch import fetch
from audiopod.common.links.verdict import FetchError

FETCHING = "fetching"
"""The stage of a job."""
UPLOAD = "upload"
"""The name of each of its recordings."""
TOO_LONG = "recording_too_long"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recording: its name, and its samples, 16 kHz mono."""

    name: str
    samples: Recording

    @property
    def seconds(self) -> float:
        return len(self.samples) / PCM_RATE


@contextmanager
def recordings(attempt: Attempt, request: TranscriptionJobRequest) -> Iterator[list[Recorded]]:
    """All recordings of a job, in their order; what was fetched lies on this machine meanwhile.

    Raises InputRefused for a link that is not taken, and for what is longer than was held for.
    """
    given = {file.position: file for file in attempt.files(JobFile.Role.UPLOAD)}
    decoded = {file.position: file for file in attempt.files(JobFile.Role.DECODED)}
    found: list[Recorded] = []
    with tempfile.TemporaryDirectory(prefix="audiopod-") as folder:
        for position, link in enumerate(request.sources):
            if link:
                found.append(_fetched(attempt, link, position, Path(folder)))
            elif position in decoded:
                samples = attempt.samples(decoded[position])
                found.append(Recorded(given[position].file_name, samples))
            else:
                found.append(_decoded_again(attempt, given[position], Path(folder)))
            _require_paid(found, request)
        yield found


def _require_paid(found: list[Recorded], request: TranscriptionJobRequest) -> None:
    seconds = sum(each.seconds for each in found)
    if seconds > request.most_seconds + 0.001:
        raise InputRefused(
            f"The recording is {_clock(seconds)} long, and this job could pay for"
            f" {_clock(request.most_seconds)} at most. Upload the file instead, or top up your"
            " balance if that is what is short. You were not charged.",
            TOO_LONG,
        )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def _fetched(attempt: Attempt, link: str, position: int, folder: Path) -> Recorded:
    source, pcm = folder / f"{position}", folder / f"{position}.pcm"
    limits, allow = fetch_limits(), allow_list()
    try:
        got = fetch(link, into=source, limits=limits, allow=allow, alive=_alive(attempt))
    except FetchError as error:
        raise InputRefused(str(error), error.code.lower()) from None
    attempt.alive(stage=FETCHING)
    samples = _decoded(source, pcm)
    attempt.keep_fetched(
        source,
        name=UPLOAD,
        file_name=got.file_name,
        content_type=got.content_type,
        position=position,
    )
    return Recorded(got.file_name, samples)


def _decoded_again(attempt: Attempt, file: JobFile, folder: Path) -> Recorded:
    """A recording of a job that is run once more: its samples went when it ended."""
    with attempt.local(file) as source:
        samples = _decoded(source, folder / f"{file.position}.pcm")
    return Recorded(file.file_name, samples)


def _decoded(source: Path, pcm: Path) -> Recording:
    """Raises InputRefused for what is no recording."""
    try:
        audio = decode(source, pcm, limits=DecodeLimits(max_seconds=settings.MAX_AUDIO_SECONDS))
    except DecodeError as error:
        if error.reason is DecodeReason.UNAVAILABLE:
            raise
        raise InputRefused(str(error), "undecodable_input") from None
    return np.memmap(audio.path, dtype="<i2", mode="r")


def _alive(attempt: Attempt) -> Callable[[int], None]:
    """A sign of life for every second of a download."""

    def tell(_bytes: int) -> None:
        attempt.alive(stage=FETCHING)

    return tell
