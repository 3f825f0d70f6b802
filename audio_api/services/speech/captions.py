"""When each word of a speech sounds, for captions: beside a file, or in the events of a stream."""

from __future__ import annotations

from typing import Any

from audio.engines.base import AudioChunk
from audio.engines.speech.reading import spoken_text
from audio.engines.speech.text import clean
from audio.engines.speech.timing import Spoken, Timing, Written, characters
from audio_api.services.speech.params import SpeechRequest, TimestampType

Token = dict[str, Any]
"""text, and start and end in seconds from the beginning of the speech."""


def tokens(words: list[Spoken], kind: TimestampType) -> list[Token]:
    """The list of times as clients read it."""
    found = characters(words) if kind is TimestampType.CHARACTER else words
    return [{"text": each.text, "start": each.start, "end": each.end} for each in found]


class Captions:
    """The times of a speech while it is made."""

    def __init__(self, request: SpeechRequest) -> None:
        self._request = request
        self._kind = TimestampType(request.timestamps) if request.timestamps else None
        self._timing = Timing()
        self._written = Written(clean(request.text) if self._kind else "")

    def hear(self, chunk: AudioChunk) -> None:
        self._timing.hear(chunk)

    def taken(self) -> list[Token]:
        """The times that are certain since the last call: of the pieces that have ended. None
        where nobody wants them."""
        if not self._kind:
            return []
        return tokens(self._written.taken(self._timing.taken()), self._kind)

    def rest(self) -> list[Token]:
        """Those that are left, once everything was heard."""
        if not self._kind:
            return []
        said = spoken_text(self._request.to_say, self._request.language)
        words = self._timing.rest(said)
        return tokens(self._written.taken(words, last=True), self._kind)
