"""Taking the noise out of a job's recording, which no client waits for."""

from __future__ import annotations

import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np

from audio.codecs.rewriting import dubbed, sampled
from audio.codecs.verdict import Sampled
from audio.engines import registry, status
from audio.engines.base import AssetMissing, Cleaning, EngineError, NoiseReductionEngine, Samples
from audio_api.jobs.attempt import Attempt, InputRefused
from audio_api.native.measured import recording, refused
from audio_api.services.denoise import limits
from audio_api.services.denoise.comparison import Comparison
from audio_api.services.denoise.params import Cleaned, DenoiseRequest
from audio_api.services.denoise.starting import MODEL_NOT_INSTALLED

DECODING, CLEANING, ENCODING = "decoding", "cleaning", "encoding"
"""The stages of a job."""
_DECODED, _CLEANED = 0.05, 0.95
"""How much of the work is done by then."""
AUDIO = "audio"
"""The name of its output."""
_BLOCK_SECONDS = 1
_FLOAT_BYTES = 4


def run(attempt: Attempt) -> int:
    """Take the noise away. Returns the milliseconds that were decoded, which are charged."""
    request = DenoiseRequest.of(attempt.job.params)
    engine = _engine()
    attempt.alive()
    started = time.monotonic()
    found = recording(attempt, request, reading=limits.reading(), fetching=limits.fetching())
    with (
        found as (source, name, request),
        tempfile.TemporaryFile() as samples,
    ):
        told = _sampled(attempt, request, source, samples, engine.sample_rate)
        compared = _cleaned(attempt, engine, request.quality_mode, samples, told)
        recipe, stem = told.wrapping.recipe, Path(name).stem or AUDIO
        file_name = f"{stem}-denoised.{told.wrapping}"
        with attempt.output(AUDIO, file_name=file_name, content_type=recipe.content_type) as output:
            _dubbed(attempt, request, source, samples, output, told)
    before, after = compared.peaks()
    made = Cleaned(
        seconds=told.seconds,
        noise_reduction_db=compared.noise_reduction_db(),
        processing_seconds=round(time.monotonic() - started, 3),
        is_video=told.is_video and told.wrapping.has_pictures,
        channels=told.channels,
        before=before,
        after=after,
    )
    attempt.learned(replace(request, made=made))
    return told.paid_ms


def _engine() -> NoiseReductionEngine:
    """Raises InputRefused where there is none on this machine, and EngineError for a broken one."""
    engine = registry.get(NoiseReductionEngine)
    if reason := status.why_broken(engine.name):
        raise EngineError(reason)
    try:
        engine.load()
    except AssetMissing as error:
        raise InputRefused(f"{error} You were not charged.", MODEL_NOT_INSTALLED) from None
    return engine


# --- decode, clean, encode ------------------------------------------------------------------------
def _sampled(
    attempt: Attempt, request: DenoiseRequest, source: Path, samples: IO[bytes], rate: int
) -> Sampled:
    whole = request.seconds or request.most_seconds
    alive = _alive(attempt, DECODING, 0.0, _DECODED, whole)
    with refused():
        return sampled(
            source,
            samples,
            rate=rate,
            limits=limits.sampling(request.most_seconds),
            alive=alive,
        )


def _cleaned(
    attempt: Attempt,
    engine: NoiseReductionEngine,
    mode: Cleaning,
    samples: IO[bytes],
    told: Sampled,
) -> Comparison:
    """Put what the engine makes of the samples in their places, in the same file."""
    alive = _alive(attempt, CLEANING, _DECODED, _CLEANED, told.samples / told.rate)
    compared = Comparison(samples=told.samples, rate=told.rate)
    sent: deque[Samples] = deque()
    at = 0
    for block in engine.clean(_blocks(samples, told, sent), mode=mode):
        alive(at / told.rate)
        given = sent.popleft()
        if block.shape != given.shape:
            raise EngineError(f"{engine.name} made {block.shape} of {given.shape} samples.")
        compared.add(given, block)
        samples.seek(at * told.channels * _FLOAT_BYTES)
        samples.write(np.ascontiguousarray(block, np.float32).tobytes())
        at += len(block)
    if at != told.samples:
        raise EngineError(f"{engine.name} made {at} samples of {told.samples}.")
    samples.flush()
    return compared


def _blocks(samples: IO[bytes], told: Sampled, sent: deque[Samples]) -> Iterator[Samples]:
    """A second at a time. sent: gets each, for what becomes of it."""
    size = told.channels * _FLOAT_BYTES
    for start in range(0, told.samples, told.rate * _BLOCK_SECONDS):
        count = min(told.rate * _BLOCK_SECONDS, told.samples - start)
        samples.seek(start * size)  # what was made before is written in between
        block = np.frombuffer(samples.read(count * size), np.float32)
        sent.append(block.reshape(-1, told.channels))
        yield sent[-1]


def _dubbed(
    attempt: Attempt,
    request: DenoiseRequest,
    source: Path,
    samples: IO[bytes],
    output: IO[bytes],
    told: Sampled,
) -> None:
    with refused():
        dubbed(
            source,
            samples,
            output,
            told=told,
            limits=limits.dubbing(request.most_seconds),
            alive=_alive(attempt, ENCODING, _CLEANED, 1.0, told.seconds),
        )


def _alive(
    attempt: Attempt, stage: str, begins: float, ends: float, whole: float
) -> Callable[[float], None]:
    """Tells how far a stage is. whole: the seconds that it has; begins, ends: its share of all."""

    def tell(seconds: float) -> None:
        done = min(1.0, seconds / whole) if whole else 0.0
        attempt.alive(progress=begins + done * (ends - begins), stage=stage)

    return tell
