"""Take the samples out of a recording, and put them back when they were worked on.

As with conversions, both are done in the confined process of the long works.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import IO

from audio.codecs.convert import awaited, converter_process, outcome_of, submitted
from audio.codecs.verdict import DecodeLimits, Sampled

Alive = Callable[[float], None]
"""Is called twice a second with the seconds that are done; what it raises ends the work."""


def sampled(
    source: Path, output: IO[bytes], *, rate: int, limits: DecodeLimits, alive: Alive
) -> Sampled:
    """Decode a recording into an empty file: float32 at `rate` Hz, its channels beside each other.

    Raises DecodeError, and OSError when `source` cannot be read. The output is incomplete then.
    """
    with submitted("sample", source, output, {"rate": rate}, limits, converter_process) as reply:
        answer = awaited(reply, limits, alive)
    made = Sampled.of(outcome_of(answer, limits))
    output.seek(0)
    return made


def dubbed(
    source: Path,
    samples: IO[bytes],
    output: IO[bytes],
    *,
    told: Sampled,
    limits: DecodeLimits,
    alive: Alive,
) -> None:
    """Write the recording `source` with other samples into an empty file.

    samples: as `sampled` writes them, and as many; told: what it returned. Raises as `sampled`.
    """
    samples.seek(0)
    asked = {"sampled": asdict(told)}
    with submitted("dub", source, output, asked, limits, converter_process, samples) as reply:
        answer = awaited(reply, limits, alive)
    outcome_of(answer, limits)
    output.seek(0, os.SEEK_END)
