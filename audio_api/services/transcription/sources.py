"""The recordings of a job that no client waits for: its files, and what its links lead to."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.conf import settings

from audio.codecs.decode import decode
from audio.codecs.verdict import (
    PCM_RATE,
    PLAIN,
    DecodeError,
    DecodeLimits,
    DecodeReason,
    Sound,
)
from audio.engines.base import Recording
from audio_api.jobs.attempt import Attempt, InputRefused
from audio_api.models import JobFile
from audio_api.native.fetched import UNDECODABLE, fetched, keep, require_paid
from audio_api.services.transcription.listening import in_channels
from audio_api.services.transcription.params import TranscriptionJobRequest
from audiopod.common.links.configured import fetch_limits


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recording: its name, its samples at 16 kHz, and what they are."""

    name: str
    samples: Recording
    sound: Sound = PLAIN

    @property
    def seconds(self) -> float:
        """By its own clock."""
        return len(self.samples) / PCM_RATE

    @property
    def paid_seconds(self) -> float:
        """What was decoded, of each channel that is heard."""
        return self.sound.paid_seconds(len(self.samples))


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
                found.append(_fetched(attempt, request, link, position, Path(folder)))
            elif position in decoded:
                sound = request.sound_of(position)
                samples = in_channels(attempt.samples(decoded[position]), sound)
                found.append(Recorded(given[position].file_name, samples, sound))
            else:
                found.append(_decoded_again(attempt, request, given[position], Path(folder)))
            require_paid(sum(each.paid_seconds for each in found), request.most_seconds)
        yield found


def _fetched(
    attempt: Attempt, request: TranscriptionJobRequest, link: str, position: int, folder: Path
) -> Recorded:
    source, pcm = folder / f"{position}", folder / f"{position}.pcm"
    got = fetched(attempt, link, source, limits=fetch_limits())
    samples, sound = _decoded(source, pcm, request)
    keep(attempt, source, got, position)
    return Recorded(got.file_name, samples, sound)


def _decoded_again(
    attempt: Attempt, request: TranscriptionJobRequest, file: JobFile, folder: Path
) -> Recorded:
    """A recording of a job that is run once more: its samples went when it ended."""
    with attempt.local(file) as source:
        samples, sound = _decoded(source, folder / f"{file.position}.pcm", request)
    return Recorded(file.file_name, samples, sound)


def _decoded(source: Path, pcm: Path, request: TranscriptionJobRequest) -> tuple[Recording, Sound]:
    """Raises InputRefused for what is no recording."""
    limits = DecodeLimits(max_seconds=settings.MAX_AUDIO_SECONDS)
    try:
        audio = decode(source, pcm, limits=limits, wanted=request.wanted)
    except DecodeError as error:
        if error.reason is DecodeReason.UNAVAILABLE:
            raise
        raise InputRefused(str(error), UNDECODABLE) from None
    samples = np.memmap(audio.path, dtype="<i2", mode="r")
    return in_channels(samples, audio.sound), audio.sound
