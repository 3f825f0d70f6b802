"""The file of a transcript."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from audio_api.services.transcription.documents import StoredTranscript, Version
from tests.audio_api.services.transcription.documents.samples import (
    BEACH,
    NOON,
    PLAGE,
    SILENCE,
    a_transcript,
)


@pytest.mark.parametrize("heard", [(BEACH,), (BEACH, PLAGE), (SILENCE,)])
def test_a_file_is_read_back_as_it_was_written(heard) -> None:
    stored = a_transcript(*heard)
    assert StoredTranscript.from_bytes(stored.to_bytes()) == stored


def test_the_file_is_plain_json() -> None:
    content = json.loads(a_transcript(BEACH).to_bytes())

    assert list(content) == ["text", "language", "duration", "segments", "sources", "versions"]
    assert content["text"] == "The beach was full."
    assert content["segments"][1] == {
        "id": 2,
        "start": 3.32,
        "end": 8.47,
        "text": " was full.",
        "confidence": 0.7788,
        "language": "en",
        "speaker_id": None,
        "speaker_label": None,
        "speaker": None,
        "words": [{"word": "was", "start": 3.4, "end": 3.6, "probability": 0.7}],
    }
    assert content["sources"] == [{"name": "beach.mp3", "offset": 0.0, "duration": 8.47}]


def test_each_edit_adds_a_version_and_the_newest_file_has_them_all() -> None:
    later = NOON + timedelta(minutes=5)
    second = a_transcript().as_next_version(edit_notes="names", at=later, changes_count=2)
    third = second.as_next_version(edit_notes="", at=later, changes_count=1)

    assert (second.version, third.version) == (2, 3)
    assert StoredTranscript.from_bytes(third.to_bytes()).versions == (
        Version(1, "", NOON, 0),
        Version(2, "names", later, 2),
        Version(3, "", later, 1),
    )


def test_a_file_of_something_else_is_refused() -> None:
    with pytest.raises((KeyError, TypeError)):
        StoredTranscript.from_bytes(b'{"text": "hi"}')
