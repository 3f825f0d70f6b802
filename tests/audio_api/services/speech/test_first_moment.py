"""The first moment of a speech is encoded before the rest of what an engine made with it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from audio.engines.base import AudioChunk, Said
from audio_api.services.speech.work import _FIRST_SECONDS, _begun

RATE = 8_000
FIRST = round(_FIRST_SECONDS * RATE)
SAID = (Said("Hello.", at=0.0),)


@pytest.mark.parametrize(
    ("lengths", "parts"),
    [
        ([], []),
        ([FIRST - 1], [FIRST - 1]),
        ([FIRST], [FIRST]),
        ([FIRST + 1, 10_000], [FIRST, 1, 10_000]),
    ],
)
def test_only_the_first_chunk_is_taken_apart(lengths: list[int], parts: list[int]) -> None:
    chunks = [AudioChunk(np.arange(n, dtype=np.float32), RATE, SAID) for n in lengths]

    found = list(_begun(chunks))

    assert [len(chunk.samples) for chunk in found] == parts
    joined, whole = ([c.samples for c in each] for each in (found, chunks))
    assert np.array_equal(np.concatenate([[], *joined]), np.concatenate([[], *whole]))
    assert [text for chunk in found for text in chunk.said] == [SAID[0]] * len(lengths)
    assert not found or found[0].said == SAID


def test_the_second_chunk_is_not_waited_for() -> None:
    def chunks() -> Iterator[AudioChunk]:
        yield AudioChunk(np.zeros(FIRST + 1, np.float32), RATE, SAID)
        raise AssertionError("The engine was asked for more.")

    found = _begun(chunks())

    assert [len(next(found).samples), len(next(found).samples)] == [FIRST, 1]
