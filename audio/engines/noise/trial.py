"""Does the engine of noise reduction really work here? Asked when a worker starts.

It takes less than a second, and what it needs memory for is given back.
"""

from __future__ import annotations

import time

import numpy as np

from audio.engines import registry
from audio.engines.base import Cleaning, NoiseReductionEngine
from audio.engines.selftest import SelfTest

_SECONDS = 1.0
_LOUDNESS = 0.05
"""Root mean square of full scale."""
_LEAST_DB = 10.0
"""How much quieter noise alone has to become: any engine does far more, and none that is broken."""


def self_test() -> list[SelfTest]:
    """Try the engine that would be asked, if it is installed. Raises nothing."""
    engine = registry.get(NoiseReductionEngine)
    if not engine.available():
        return []
    started = time.perf_counter()
    try:
        less_db = _less_noise_db(engine)
        ok = less_db >= _LEAST_DB
        detail = f"noise became {less_db:.0f} dB quieter"
    except Exception as error:  # noqa: BLE001 - a test reports whatever a library throws
        ok, detail = False, f"{type(error).__name__}: {error}"
    return [SelfTest(engine.name, ok, detail, time.perf_counter() - started)]


def _less_noise_db(engine: NoiseReductionEngine) -> float:
    samples = round(_SECONDS * engine.sample_rate)
    noise = np.random.default_rng(0).normal(0, _LOUDNESS, (samples, 1)).astype(np.float32)
    made = np.concatenate(list(engine.clean([noise], mode=Cleaning.STUDIO)))
    if made.shape != noise.shape or not np.isfinite(made).all():
        raise ValueError(f"{made.shape} samples of {noise.shape}, or some that are no numbers")
    # the first half is what it takes to know noise from speech
    half = samples // 2
    before, after = (float(np.mean(np.square(each[half:]))) for each in (noise, made))
    return 10 * float(np.log10(before / max(after, 1e-12)))
