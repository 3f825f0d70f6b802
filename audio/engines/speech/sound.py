"""What a model makes of a piece of text, on its way to an `AudioChunk`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.engines.base import Said


@dataclass(frozen=True, slots=True)
class Sound:
    """samples: float32, shape (n,); said: the pieces of text that begin in it."""

    samples: NDArray[np.float32]
    said: tuple[Said, ...] = ()
