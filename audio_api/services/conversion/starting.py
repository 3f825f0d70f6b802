"""From recordings to jobs that convert them: all are looked at before any is paid for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from audio.codecs.targets import Quality, Target
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
from audio_api.services.conversion import limits
from audio_api.services.conversion.params import ConversionRequest
from audio_api.services.conversion.price import most_seconds, prepare_conversion
from audiopod.common.threads import off_loop


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A recording that is to be converted. param: the field that it came in."""

    caller: Caller
    given: Given
    param: str
    target: Target
    quality: Quality


@dataclass(frozen=True, slots=True)
class _Looked:
    """seconds: what its packets say, 0 where they do not say it, or where it is not here yet."""

    wish: Wish
    seconds: float = 0.0
    upload: Upload | None = None


def wish_for(caller: Caller, fields: dict[str, Any], given: Any, param: str) -> Wish:
    """given: what was uploaded, or the text of a link. Raises Problem as `inputs.resolve`."""
    return Wish(
        caller=caller,
        given=resolved(given, caller) if isinstance(given, str) else given,
        param=param,
        target=fields["output_format"],
        quality=fields["quality"],
    )


def caller_for(caller: Caller, number: int) -> Caller:
    """Who asks for one of several jobs: an `Idempotency-Key` becomes one of its own for each."""
    key = caller.idempotency_key
    if key is None:
        return caller
    own = hashlib.sha256(f"{number} {key.value}".encode()).hexdigest()
    return replace(caller, idempotency_key=replace(key, value=own))


async def started(wishes: Sequence[Wish]) -> list[Job]:
    """A job for each recording, in their order, or none at all.

    Raises Problem for a recording that is refused, and as `detached.start_all`.
    """
    with ExitStack() as files:
        looked = [await _looked_at(wish, files) for wish in wishes]
        return await off_loop(_started)(looked)


async def _looked_at(wish: Wish, files: ExitStack) -> _Looked:
    given = wish.given
    if isinstance(given, str):
        return _Looked(wish)
    path = await off_loop(files.enter_context)(on_disk(given))
    seconds = await seconds_of(path, limits=limits.reading(), param=wish.param)
    return _Looked(wish, seconds, upload_of(path, name_of(given)))


def _started(looked: Sequence[_Looked]) -> list[Job]:
    if not looked:
        return []
    most = most_seconds(looked[0].wish.caller, [each.seconds for each in looked])
    jobs = []
    for each, its_most in zip(looked, most, strict=True):
        wish = each.wish
        link = wish.given if isinstance(wish.given, str) else ""
        request = ConversionRequest(
            output_format=wish.target,
            quality=wish.quality,
            seconds=each.seconds,
            most_seconds=its_most,
            source_url=link,
        )
        name = each.upload.file_name if each.upload else name_in(link)
        job = prepare_conversion(wish.caller, request, display_name=name)
        jobs.append((job, [each.upload] if each.upload else []))
    return detached.start_all(jobs)
