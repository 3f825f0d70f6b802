"""Which language is spoken: faster-whisper's detection, without its cost and with a choice."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray


class LanguageDetection:
    """Takes the place of a model's own detection. One for each model, shared by its threads.

    faster-whisper encodes the first window for the detection and again to decode it, and encoding
    is most of the cost of a short clip. Here it is encoded once: the detector is shown the frames
    that the decoder will see, one less than it would get by itself.
    """

    def __init__(self, model: Any) -> None:
        self._encode, self._detect = model.encode, model.detect_language
        self._mine = threading.local()
        model.encode, model.detect_language = self._encode_once, self._detect_on_decoded

    @contextmanager
    def among(self, languages: Collection[str]) -> Iterator[None]:
        """What this thread detects inside is one of `languages`, Whisper's codes; () for any."""
        self._mine.languages = frozenset(languages)
        try:
            yield
        finally:
            self._mine.languages = frozenset()

    def _encode_once(self, features: NDArray[np.float32]) -> Any:
        seen, output = self._mine.__dict__.pop("last", (None, None))
        if seen is None or not np.array_equal(seen, features):
            output = self._encode(features)
        if getattr(self._mine, "detecting", False):
            self._mine.last = (features, output)
        return output

    def _detect_on_decoded(self, features: NDArray[np.float32], **options: Any) -> Any:
        self._mine.detecting = True
        try:
            found = self._detect(features=features[..., :-1], **options)
        finally:
            self._mine.detecting = False
        return self._chosen(*found)

    def _chosen(self, language: str, probability: float, all_: list[tuple[str, float]]) -> Any:
        """The likeliest of the languages that come into question."""
        wanted: frozenset[str] = getattr(self._mine, "languages", frozenset())
        likely = [(p, code) for code, p in all_ if code in wanted]
        if likely:
            probability, language = max(likely)
        return language, probability, all_
