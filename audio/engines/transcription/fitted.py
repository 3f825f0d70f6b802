"""How few frames a short clip can be encoded in, and when what comes of it is not believed.

Whisper was trained on windows of half a minute, and encodes as much whatever it is given. Given
less it takes a tenth of the time and says the same, unless the window ends too close behind the
speech: then it says things twice, leaves words out, or goes on for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

_SECONDS_PER_TIMESTAMP = 0.02
_EARLY_SECONDS, _LATE_SECONDS = 1.5, 1.5
_TIMES = 3
_STEP_FRAMES = 3
_SLOW_FALL, _RISE_PER_FALL = -0.3, 1.2
"""Of Whisper's features in three hundredths of a second. Speech in a room begins as suddenly as
anywhere, and falls silent slowly; in noise it does both slowly."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What a model needs, as `bench/fitted.py` measured it.

    margin: frames of silence behind the speech; least: frames of a window; most: frames of speech
    beyond which nothing was measured; least_sure: how likely its language has to be.
    """

    margin: int
    least: int
    most: int
    least_sure: float

    def size(self, frames: int) -> int | None:
        """Of the window for so many frames of speech; None where it has to be a full one."""
        if frames > self.most:
            return None
        size = max(frames + self.margin, self.least)
        # the encoder halves them
        return size + size % 2


_MEASURED = {"base": Fit(margin=300, least=800, most=1500, least_sure=0.8)}
"""By size of the model. What is not measured keeps the full window."""


def fit_of(model: str) -> Fit | None:
    """Of a model by its asset name, size, folder or name on the hub."""
    name = PurePath(model).name
    return _MEASURED.get(name.removeprefix("faster-").removeprefix("whisper-"))


def echoes(features: NDArray[np.float32]) -> bool:
    """Whether it is speech in a room with echo, of which less is understood in few frames."""
    changes = np.diff(features[:, ::_STEP_FRAMES], axis=1)
    if not changes.size:
        return False
    fall, rise = np.percentile(changes, (5, 95))
    return bool(fall > _SLOW_FALL and rise > -_RISE_PER_FALL * fall)


def ends_with_speech(tokens: Sequence[int], first_timestamp: int, frames: int) -> bool:
    """Whether what is written ends about where the speech does, by its own timestamps.

    first_timestamp: the token that stands for the beginning of the window.
    """
    moments = [token - first_timestamp for token in tokens if token >= first_timestamp]
    seconds = max(moments, default=0) * _SECONDS_PER_TIMESTAMP
    return -_EARLY_SECONDS <= seconds - frames / 100 <= _LATE_SECONDS


def repeats_itself(tokens: Sequence[int]) -> bool:
    """Whether the same few tokens stand there three times in a row."""
    return any(
        tokens[start : start + size] == tokens[start + size : start + 2 * size]
        and tokens[start : start + size] == tokens[start + 2 * size : start + 3 * size]
        for size in range(1, len(tokens) // _TIMES + 1)
        for start in range(len(tokens) - _TIMES * size + 1)
    )
