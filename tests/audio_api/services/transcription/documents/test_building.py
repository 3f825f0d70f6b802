"""What the engine heard becomes what a job keeps."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from audio.engines.base import Word
from audio_api.services.transcription.documents import Heard, Source, StoredWord, Version, build
from audio_api.services.transcription.documents.building import confidence
from audio_api.services.transcription.transcripts import Transcript
from tests.audio_api.services.transcription.documents.samples import (
    BEACH,
    NOON,
    PLAGE,
    SILENCE,
    a_transcript,
    heard_segment,
)


def test_segments_of_one_source_are_numbered_from_1_and_keep_their_times() -> None:
    stored = a_transcript(BEACH)

    assert [(it.id, it.start, it.end, it.text) for it in stored.segments] == [
        (1, 0.0, 3.32, " The beach"),
        (2, 3.32, 8.47, " was full."),
    ]
    assert stored.text == "The beach was full."
    assert (stored.language, stored.duration) == ("en", 8.47)
    assert stored.sources == (Source("beach.mp3", 0.0, 8.47),)
    assert stored.segments[0].words == (
        StoredWord("The", 0.0, 0.24, 0.9),
        StoredWord("beach", 0.24, 3.3, 0.8),
    )


def test_a_second_source_runs_on_with_an_offset_and_on_a_new_line() -> None:
    stored = a_transcript(BEACH, SILENCE, PLAGE)

    bonjour = stored.segments[2]
    assert (bonjour.id, bonjour.start, bonjour.end) == (3, 11.47, 12.47)
    assert (bonjour.language, stored.language) == ("fr", "en")
    assert stored.text == "The beach was full.\nBonjour."
    assert [(it.offset, it.duration) for it in stored.sources] == [
        (0.0, 8.47),
        (8.47, 2.0),
        (10.47, 4.0),
    ]
    assert stored.duration == 14.47


def test_the_first_version_is_what_the_engine_heard() -> None:
    assert a_transcript().versions == (Version(1, "", NOON, 0),)


def test_silence_has_no_segments() -> None:
    stored = a_transcript(SILENCE)
    assert (stored.text, stored.segments, stored.duration) == ("", (), 2.0)


def test_no_source_at_all_is_an_empty_transcript() -> None:
    stored = build([], at=NOON)
    assert (stored.text, stored.language, stored.duration) == ("", "", 0.0)


def test_a_translation_is_in_english() -> None:
    heard = Heard("x", Transcript([heard_segment(" Hi", 0, 1)], "fr", 1.0, task="translate"))
    assert build([heard], at=NOON).segments[0].language == "en"


def test_a_segment_without_words_is_left_out() -> None:
    segments = [heard_segment(" \x00 ", 0, 1), heard_segment(" Hi", 1, 2)]
    stored = build([Heard("x", Transcript(segments, "en", 2.0))], at=NOON)
    assert [(it.id, it.text) for it in stored.segments] == [(1, " Hi")]


def test_japanese_gets_no_space_at_its_start() -> None:
    heard = Heard("x", Transcript([heard_segment(" こんにちは", 0, 1)], "ja", 1.0))
    assert build([heard], at=NOON).segments[0].text == "こんにちは"


def test_times_that_are_no_numbers_or_lie_outside_are_put_inside() -> None:
    words = (Word("a", math.nan, math.inf, 7.0), Word("b", -1.0, 99.0, -1.0))
    segments = [heard_segment(" a b", 5.0, math.nan, words)]
    stored = build([Heard("x", Transcript(segments, "en", 6.0))], at=NOON)

    (segment,) = stored.segments
    assert (segment.start, segment.end) == (5.0, 5.0)
    assert segment.words == (StoredWord("a", 0.0, 0.0, 1.0), StoredWord("b", 0.0, 6.0, 0.0))


def test_control_characters_and_half_pairs_do_not_reach_the_file() -> None:
    segments = [heard_segment(" a\x00b\ud800\r\nc", 0.0, 1.0)]
    stored = build([Heard("n\x00me", Transcript(segments, "en", 1.0))], at=NOON)
    assert stored.segments[0].text == " ab\ufffd\nc"
    assert stored.sources[0].name == "nme"


@pytest.mark.parametrize(
    ("avg_logprob", "expected"),
    [(0.0, 1.0), (-0.25, 0.7788), (-100.0, 0.0), (0.5, 1.0), (math.nan, 0.0), (-math.inf, 0.0)],
)
def test_confidence_is_the_mean_probability(avg_logprob: float, expected: float) -> None:
    assert confidence(avg_logprob) == expected


def test_each_segment_is_in_its_own_language_and_the_whole_in_the_one_most_spoken() -> None:
    segments = [
        replace(heard_segment(" Yes.", 0.0, 1.0), language="en"),
        replace(heard_segment(" El perro duerme.", 1.0, 5.0), language="es"),
    ]
    stored = build([Heard("a.mp3", Transcript(segments, "en", 5.0))], at=NOON)
    assert [segment.language for segment in stored.segments] == ["en", "es"]
    assert stored.language == "es"
