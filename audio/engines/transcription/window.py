"""What windows are cut from, and a window: how much of its speech has been written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audio.engines.transcription.decoding import Decoded
from audio.engines.transcription.whisper_language import Features, Guess

FRAMES_PER_SECOND = 100
_LEAST_FRAMES, _LEAST_OPEN_FRAMES = 150, 30
"""As much speech is to be behind the end of a text before it is taken for incomplete: where the
model says that nothing follows, and where it says that something does."""


@dataclass(slots=True)
class Window:
    """Frames of a block from `seek` on that are encoded by themselves, and what they say.

    speech: the frames before the pause in which it ends; None where it ends amid words.
    """

    seek: int
    frames: int
    encoded: Any
    guess: Guess
    speech: int | None
    text: Decoded | None = None
    """What it says, as soon as it was decoded."""
    is_stuck: bool = False
    """Whether the model has nothing to add to it."""

    @property
    def decoded(self) -> Decoded:
        """Its text. Raises LookupError before it was decoded."""
        if self.text is None:
            raise LookupError("The window was not decoded yet.")
        return self.text

    @property
    def end(self) -> int:
        return self.seek + self.frames

    @property
    def is_left_off(self) -> bool:
        """Whether the model says that its text goes on, but does not say how."""
        text = self.decoded
        return self._left > _LEAST_FRAMES and (text.is_open or not text.ends_with_timestamp)

    def may_go_on(self, most_tokens: int) -> bool:
        """Whether its text ends before its speech does, and the model can be asked for more."""
        text = self.decoded
        if self.is_stuck or not (text.is_good and text.ends_with_timestamp):
            return False
        least = _LEAST_OPEN_FRAMES if text.is_open else _LEAST_FRAMES
        return self._left > least and len(text.tokens) < most_tokens

    @property
    def _left(self) -> int:
        """Frames of speech behind the end of its text; none where that has no end."""
        done = self.decoded.frames
        return self.speech - done if self.speech is not None and done else 0

    def close(self, most_tokens: int) -> None:
        """Has the last words of the text end with the speech, where no timestamp says when."""
        text = self.decoded
        if self.speech is None or text.ends_with_timestamp or len(text.tokens) >= most_tokens:
            return
        seconds = (self.speech - text.frames) / FRAMES_PER_SECOND
        # of fewer words in that time, more was said than was written down
        if text.open_tokens >= seconds:
            self.text = text.ended(self.speech)


@dataclass(slots=True)
class Block:
    """Speech whose features are in memory at once.

    most_tokens: of a window; last_end: of the segment before, in seconds.
    """

    spoken: NDArray[np.float32]
    features: Features
    most_tokens: int
    last_end: float = 0.0

    @property
    def frames(self) -> int:
        return int(self.features.shape[-1]) - 1
