"""How sure Whisper is of each word, in the shape of OpenAI's `include[]=logprobs`.

OpenAI's entries are the model's tokens. Whisper tells its probabilities word by word, so here an
entry is a word with the space and punctuation around it, and its `logprob` is the logarithm of
the mean probability of the word's tokens. As with OpenAI, all `token`s joined are the text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypedDict

from audio.engines.base import Segment
from audio_api.services.transcription.transcripts.turns import Turns
from audio_api.services.transcription.transcripts.unfolding import TextSoFar

LEAST_PROBABILITY = 1e-9
"""JSON has no minus infinity, the logarithm of what was held impossible."""


class Logprob(TypedDict):
    """token: a piece of text; logprob: natural logarithm, at most 0; bytes: the token's UTF-8."""

    token: str
    logprob: float
    bytes: list[int]


def transcript_logprobs(segments: Iterable[Segment]) -> list[Logprob]:
    """Of a whole transcript. Its segments need words."""
    so_far, turns = TextSoFar(), Turns()
    return [
        entry
        for segment in segments
        for entry in logprobs_of(so_far.add(turns.text_of(segment)), segment)
    ]


def logprobs_of(text: str, segment: Segment) -> list[Logprob]:
    """Of `text`, which is that of a segment but for the spaces around it."""
    pieces: list[tuple[str, float]] = []
    end = 0
    for word in segment.words:
        at = text.find(word.text, end)
        if word.text and at >= 0:
            after = at + len(word.text)
            pieces.append((text[end:after], word.probability))
            end = after
    if rest := text[end:]:
        last, probability = pieces.pop() if pieces else ("", math.exp(min(segment.avg_logprob, 0)))
        pieces.append((last + rest, probability))
    return [_entry(token, probability) for token, probability in pieces]


def _entry(token: str, probability: float) -> Logprob:
    logprob = math.log(min(max(probability, LEAST_PROBABILITY), 1.0))
    return {"token": token, "logprob": logprob, "bytes": list(token.encode())}
