"""What is learned of a voice when it is added: how fast it speaks, and how loud it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audio.engines.base import EngineError, SpeechEngine
from audio.engines.speech import length, loudness


@dataclass(frozen=True, slots=True)
class Spoken:
    """seconds: of each line, at speed 1; lufs and peak_db: of all of them together."""

    seconds: tuple[float, ...]
    lufs: float
    peak_db: float


@dataclass(frozen=True, slots=True)
class Measured:
    """pace_ms: milliseconds of a beat; gain_db: what brings the voice to the level of all."""

    pace_ms: float
    gain_db: float


def speak(engine: SpeechEngine, lines: Sequence[str], *, voice: str, language: str) -> Spoken:
    """Let a voice say the lines. Raises EngineError, also for a voice without a sound."""
    seconds, parts, rate = [], [], 0
    for line in lines:
        chunks = list(engine.speak(line, voice=voice, language=language, speed=1.0))
        seconds.append(sum(chunk.seconds for chunk in chunks))
        parts += [chunk.samples for chunk in chunks]
        rate = chunks[0].sample_rate
    samples = np.concatenate(parts)
    if not np.isfinite(samples).all():
        raise EngineError("its audio holds NaN or infinity.")
    if not samples.any():
        raise EngineError("its audio is silence.")
    found = loudness.loudness(samples, rate)
    return Spoken(tuple(seconds), found.lufs, found.peak_db)


def learned(spoken: Spoken, lines: Sequence[str], language: str) -> Measured:
    """What the lines tell, to a hundredth. language: BCP 47, the voice's."""
    pace_ms = length.pace_ms(lines, spoken.seconds, language)
    level = loudness.Loudness(spoken.lufs, spoken.peak_db)
    return Measured(round(pace_ms, 2), round(loudness.gain_db(level), 2))
