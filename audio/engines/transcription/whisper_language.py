"""Which language is spoken in a window, and where in it another one begins.

All of it is asked of the one encoding that is decoded anyway: a second pass of the encoder is most
of the cost of a short clip. What a few seconds of a window are in is told by the part of the
encoding that belongs to them, which the decoder can be shown by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

_FRAMES_PER_STATE = 2
"""The encoder halves them."""
_SLICE_FRAMES, _HOP_FRAMES = 300, 150
"""Three seconds are enough to tell a language by."""
_SHIFT_FRAMES = 50
_LEFT_FRAMES = 200
_LEAST_RUN_FRAMES = 100
_CLEAR, _DENIED = 0.8, 0.1
"""How likely a language has to be to follow another, and how unlikely that one."""
_SUSPECTED = 0.25
"""Where a language is less likely than that in a part of a window, its end is looked for."""
_SURE = 0.9
"""So likely, nothing else comes into question."""
_MOST_GUESSES = 4
_LEAST_GUESS = 0.02
_TEXT_WEIGHT = 6.0
"""Of the mean log probability of a text against that of its language. Measured, as all of these."""
_SOFTENING = 2.0
"""The scores of languages are too sure of themselves by that factor."""
_WIDESPREAD = (
    *("ar", "de", "en", "es", "fr", "hi", "id", "it", "ja", "ko"),
    *("nl", "pl", "pt", "ru", "tr", "uk", "vi", "zh"),
)
_RARITY = math.exp(-1.0)
"""How likely the other languages are against these, in a clip that sounds like several: Whisper
takes Italian for Romanian, say. It is too little to change what sounds clearly like one."""
_LEAD = 1.8
"""Of what the whole window sounds most like: the rest has to be clearly likelier."""
_SILENCE_FRAMES = (100, 200)
_IMPROBABLE = 1e-4
_PAUSE_FRAMES, _QUIET_FRAMES = 50, 20
ONLY = "en"
"""The language of models that know one."""


Features: TypeAlias = NDArray[np.float32]
Encode = Callable[[Features], Any]


@dataclass(frozen=True, slots=True)
class Guess:
    """A language, Whisper's code, and how likely it is; None where nobody asked."""

    code: str
    probability: float | None = None


class LanguageListener:
    """The languages of one recording, window after window.

    language: the one that is spoken, or None to tell it from the speech, among `candidates` where
    there are any.
    """

    def __init__(self, model: Any, language: str | None, candidates: Collection[str] = ()) -> None:
        self._model = model
        self._known = language if model.model.is_multilingual else ONLY
        self._candidates = frozenset(candidates)
        self._last: tuple[Any, dict[str, float]] = (None, {})
        self._before: str | None = None
        """What the window before is in."""
        self._here: str | None = None
        self._coming: str | None = None
        """What seems to begin with this window, and with the one after it."""

    def clear(self, encoded: Any, frames: int, least: float) -> Guess | None:
        """What a window is in, all of it, where that is clear without a second look.

        encoded: also of fewer frames than a full window has; least: how likely it has to be.
        """
        if self._known:
            return Guess(self._known)
        likely = self._likely(encoded)
        best = next(iter(likely))
        if likely[best] < least or self._before not in (None, best):
            return None
        if frames >= 2 * _SLICE_FRAMES:
            states, slices = states_of(encoded), _slices(frames)
            heard = self._of_slices(states, slices)
            doubted = [
                start
                for (start, _), each in zip(slices, heard, strict=True)
                if each.get(best, 0.0) < _SUSPECTED
            ]
            # the first one has nothing before it that it could be compared with
            if any(not start or self._is_suspected(states, start, best) for start in doubted):
                return None
        return Guess(best, likely[best])

    def guesses(self, encoded: Any, frames: int) -> list[Guess]:
        """What a window may be in, the likeliest first; one guess where it is clear."""
        if self._known:
            return [Guess(self._known)]
        likely = self._likely(encoded)
        best = next(iter(likely))
        before = self._before
        if self._here and before:
            best = max(self._here, before, key=lambda code: likely.get(code, 0.0))
        elif before:
            is_other = frames >= _LEFT_FRAMES and likely[best] >= _CLEAR
            best = best if is_other and likely.get(before, 0.0) <= _DENIED else before
        elif likely[best] < _SURE:
            likely = self._by_speech_alone(encoded, frames, likely)
            some = list(likely.items())[:_MOST_GUESSES]
            return [Guess(code, p) for code, p in some if p >= min(_LEAST_GUESS, some[0][1])]
        return [Guess(best, likely.get(best, 0.0))]

    def spoken(self, code: str) -> None:
        """Tell in what a window was written down."""
        self._before, self._here, self._coming = code, self._coming, None

    def first_run(self, encoded: Any, features: Features, encode: Encode) -> int:
        """The frames of a window until another language begins: all of them, as a rule.

        features: shape (bands, frames) of the window, without what it was filled up with; encode:
        what makes an encoding of such. It is called where another language is suspected.
        """
        frames: int = features.shape[-1]
        if self._known or frames < 2 * _SLICE_FRAMES:
            return frames
        states = states_of(encoded)
        slices = _slices(frames)
        heard = self._of_slices(states, slices)
        base = self._before or next(iter(self._likely(encoded)))
        if heard[0].get(base, 0.0) < _DENIED:
            base = next(iter(heard[0]))
        for (start, _), likely in zip(slices[1:], heard[1:], strict=True):
            if likely.get(base, 0.0) >= _SUSPECTED or not self._is_suspected(states, start, base):
                continue
            cut = self._border(states, features, start, base)
            if cut is None:
                continue
            rest = self._likely(encode(features[:, cut:]))
            best = next(iter(rest))
            if best != base and rest[best] >= _CLEAR:
                self._coming = best
                return cut
            # one look is enough: each takes as long as the window did
            break
        return frames

    def _is_suspected(self, states: NDArray[np.float32], near: int, base: str) -> bool:
        """Whether the seconds from a frame on are in another language, a little earlier or later
        as well: a slice that happens to cut words in two is mistaken for any."""
        starts = (near - _SHIFT_FRAMES, near + _SHIFT_FRAMES)
        sides = self._of_slices(states, [(start, start + _SLICE_FRAMES) for start in starts])
        return all(side.get(base, 0.0) < _SUSPECTED for side in sides)

    def _border(
        self, states: NDArray[np.float32], features: Features, near: int, base: str
    ) -> int | None:
        """The pause near a frame that `base` is the least likely to go on behind."""
        latest = features.shape[-1] - _LEAST_RUN_FRAMES
        best, found = 0.0, None
        for cut in _pauses(features, near - _HOP_FRAMES, near + _SLICE_FRAMES // 2):
            if not _LEAST_RUN_FRAMES <= cut <= latest:
                continue
            sides = [(cut - _LEFT_FRAMES, cut), (cut, cut + _SLICE_FRAMES)]
            left, right = (side.get(base, 0.0) for side in self._of_slices(states, sides))
            if left - right > best:
                best, found = left - right, cut
        return found

    def _by_speech_alone(
        self, encoded: Any, frames: int, likely: dict[str, float]
    ) -> dict[str, float]:
        """The same, as it also sounds without most of the silence that fills a window up."""
        states = states_of(encoded)
        views = [likely, likely]
        for silence in _SILENCE_FRAMES:
            views += self._of_slices(states, [(0, frames + silence)])
        scores = {
            code: math.exp(sum(math.log(view.get(code, 0.0) + _IMPROBABLE) for view in views) / 4)
            for code in likely
        }
        scores[next(iter(likely))] *= _LEAD
        if not self._candidates:
            for code in scores.keys() - set(_WIDESPREAD):
                scores[code] *= _RARITY
        return self._judged([(f"<|{code}|>", score) for code, score in scores.items()])

    def _likely(self, encoded: Any) -> dict[str, float]:
        """Languages that come into question, the likeliest first."""
        seen, likely = self._last
        if seen is not encoded:
            likely = self._judged(self._model.model.detect_language(encoded)[0])
            self._last = encoded, likely
        return likely

    def _of_slices(
        self, states: NDArray[np.float32], bounds: Sequence[tuple[int, int]]
    ) -> list[dict[str, float]]:
        """The same of parts of a window; bounds: the frames at which each begins and ends."""
        parts = [
            states[:, max(start, 0) // _FRAMES_PER_STATE : end // _FRAMES_PER_STATE]
            for start, end in bounds
        ]
        if len({part.shape for part in parts}) == 1:
            parts = [np.concatenate(parts)]
        found = [
            each for part in parts for each in self._model.model.detect_language(encoding_of(part))
        ]
        return [self._judged(each) for each in found]

    def _judged(self, found: Sequence[tuple[str, float]]) -> dict[str, float]:
        # each is a token such as <|en|>
        every = {token[2:-2]: probability for token, probability in found}
        some = {code: every[code] for code in every if code in self._candidates} or every
        whole = sum(some.values()) or 1.0
        ranked = sorted(some, key=some.__getitem__, reverse=True)
        return {code: some[code] / whole for code in ranked}


def _slices(frames: int) -> list[tuple[int, int]]:
    """The frames at which the parts of a window begin and end that a language is told by."""
    starts = [*range(0, frames - _SLICE_FRAMES, _HOP_FRAMES), frames - _SLICE_FRAMES]
    return [(start, start + _SLICE_FRAMES) for start in starts]


def _pauses(features: Features, first: int, last: int) -> Iterator[int]:
    """The quietest frame of each half second between two frames."""
    loudness = np.convolve(features.mean(axis=0), np.ones(_QUIET_FRAMES) / _QUIET_FRAMES, "same")
    for start in range(max(first, 0), min(last, len(loudness)), _PAUSE_FRAMES):
        yield start + int(np.argmin(loudness[start : min(start + _PAUSE_FRAMES, last)]))


def states_of(encoded: Any) -> NDArray[np.float32]:
    """The encoding in this process's memory, shape (1, states, width)."""
    import ctranslate2

    if encoded.device != "cpu":
        encoded = encoded.to_device(ctranslate2.Device.cpu)
    return np.array(encoded.to(ctranslate2.DataType.float32))


def encoding_of(states: NDArray[np.float32]) -> Any:
    """What the decoder can be shown; states: shape (windows, states, width)."""
    import ctranslate2

    return ctranslate2.StorageView.from_array(np.ascontiguousarray(states))


def weighed(tried: Sequence[tuple[Guess, float]]) -> tuple[Guess, int]:
    """The best of several languages by how a window sounds and what it says in each.

    tried: each with the mean log probability of its text. Returns it, with how likely it is
    against all others, and its place among them.
    """
    sounds = [guess.probability or 0.0 for guess, _ in tried]
    scores = [
        math.log(sound + _IMPROBABLE) + _TEXT_WEIGHT * logprob
        for sound, (_, logprob) in zip(sounds, tried, strict=True)
    ]
    best = max(range(len(scores)), key=scores.__getitem__)
    shares = [math.exp((score - scores[best]) / _SOFTENING) for score in scores]
    # a language that was not tried keeps what it has by its sound
    tried_at_all = min(sum(sounds), 1.0)
    return Guess(tried[best][0].code, tried_at_all / sum(shares)), best
