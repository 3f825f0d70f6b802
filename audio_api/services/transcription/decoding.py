"""Uploads made into what an engine listens to, before anything is paid for."""

from __future__ import annotations

import asyncio
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from audio.codecs.decode import decode_async
from audio.codecs.verdict import DecodedAudio, DecodeError, DecodeLimits, DecodeReason, Wanted
from audiopod.common.problem import Problem, unavailable


async def decoded(upload: UploadedFile[bytes], folder: Path, wanted: Wanted) -> DecodedAudio:
    """Decode an upload in its bounded child process. Raises Problem (400)."""
    source = folder / "upload"
    await asyncio.to_thread(_write, upload, source)
    return await decoded_file(source, folder / "audio.pcm", wanted)


async def decoded_file(
    source: Path, pcm: Path, wanted: Wanted, *, param: str = "file"
) -> DecodedAudio:
    """The same for what lies in a file. param: what a refusal of the file names."""
    limits = DecodeLimits(max_seconds=settings.MAX_AUDIO_SECONDS)
    try:
        return await decode_async(source, pcm, limits=limits, wanted=wanted)
    except DecodeError as error:
        if error.reason is DecodeReason.UNAVAILABLE:
            raise unavailable(str(error)) from None
        named = "track" if error.reason is DecodeReason.NO_SUCH_TRACK else param
        raise Problem(str(error), param=named, code="invalid_value") from None


def _write(upload: UploadedFile[bytes], path: Path) -> None:
    with path.open("wb") as file:
        for chunk in upload.chunks():
            file.write(chunk)
