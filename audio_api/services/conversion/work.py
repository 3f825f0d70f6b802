"""Converting a job's recording, which no client waits for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import IO

from audio.codecs.convert import convert
from audio.codecs.verdict import Converted
from audio_api.jobs.attempt import Attempt
from audio_api.native.measured import recording, refused
from audio_api.services.conversion import limits
from audio_api.services.conversion.params import ConversionRequest

CONVERTING = "converting"
"""The stage of a job."""
AUDIO = "audio"
"""The name of its output."""


def run(attempt: Attempt) -> int:
    """Convert a job's recording. Returns the milliseconds that were decoded, which are charged."""
    request = ConversionRequest.of(attempt.job.params)
    attempt.alive()
    found = recording(attempt, request, reading=limits.reading(), fetching=limits.fetching())
    with found as (source, name, request):
        recipe, stem = request.output_format.recipe, Path(name).stem or AUDIO
        file_name = f"{stem}.{request.output_format}"
        with attempt.output(AUDIO, file_name=file_name, content_type=recipe.content_type) as output:
            made = _converted(attempt, request, source, output)
    attempt.learned(replace(request, made=made))
    return made.paid_ms


def _converted(
    attempt: Attempt, request: ConversionRequest, source: Path, output: IO[bytes]
) -> Converted:
    whole = request.seconds or request.most_seconds

    def alive(seconds: float) -> None:
        attempt.alive(progress=seconds / whole, stage=CONVERTING)

    with refused():
        return convert(
            source,
            output,
            target=request.output_format,
            quality=request.quality,
            limits=limits.converting(request.most_seconds),
            alive=alive,
        )
