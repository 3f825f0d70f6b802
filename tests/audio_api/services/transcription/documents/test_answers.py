"""Answers of the native API, in the shape that AudioPod documents."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from audio_api.services.transcription.documents import (
    confidence_score,
    edit_answer,
    transcript_answer,
    versions_answer,
)
from tests.audio_api.services.transcription.documents.samples import (
    BEACH,
    NOON,
    PLAGE,
    SILENCE,
    a_transcript,
    said,
)


def test_the_whole_answer() -> None:
    stored = replace(
        said("Hi.", "Hello.", "How are you?", speakers=("SPEAKER_00", "SPEAKER_01", "SPEAKER_00")),
        duration=9.5,
    )
    answer = transcript_answer(stored, job_id=42)

    first, *_ = answer.pop("segments")
    assert first == {
        "id": 1,
        "start": 0.0,
        "end": 3.0,
        "text": "Hi.",
        "confidence": 0.9,
        "language": "en",
        "speaker_id": 0,
        "speaker_label": "SPEAKER_00",
        "speaker": "SPEAKER_00",
        "words": [],
    }
    assert answer == {
        "job_id": 42,
        "detected_language": "en",
        "language": "en",
        "confidence_score": 0.9,
        "total_duration": 9.5,
        "text": "Hi. Hello. How are you?",
        "transcript": "Hi. Hello. How are you?",
        "speakers": [
            {"id": 0, "label": "SPEAKER_00", "total_speaking_time": 6.0},
            {"id": 1, "label": "SPEAKER_01", "total_speaking_time": 3.0},
        ],
        "statistics": {"speaker_count": 2},
        "video_metadata": [
            {"index": 0, "title": "a.mp3", "name": "a.mp3", "offset": 0.0, "duration": 9.0}
        ],
    }


def test_there_is_one_entry_of_metadata_for_each_source() -> None:
    metadata = transcript_answer(a_transcript(BEACH, PLAGE), job_id=1)["video_metadata"]
    assert [(it["index"], it["name"], it["offset"]) for it in metadata] == [
        (0, "beach.mp3", 0.0),
        (1, "plage.mp3", 8.47),
    ]


def test_silence_has_no_speakers_and_no_confidence() -> None:
    answer = transcript_answer(a_transcript(SILENCE), job_id=1)
    assert (answer["text"], answer["segments"], answer["speakers"]) == ("", [], [])
    assert answer["confidence_score"] is None
    assert answer["statistics"] == {"speaker_count": 0}


def test_a_long_segment_weighs_more_in_the_confidence() -> None:
    stored = said("a", "b")
    sure = replace(stored.segments[0], confidence=1.0, end=3.0)
    unsure = replace(stored.segments[1], confidence=0.0, start=3.0, end=4.0)
    assert confidence_score(replace(stored, segments=(sure, unsure))) == 0.75


def test_segments_without_a_length_are_weighed_alike() -> None:
    stored = said("a", "b")
    segments = tuple(
        replace(segment, end=segment.start, confidence=confidence)
        for segment, confidence in zip(stored.segments, (0.2, 0.6), strict=True)
    )
    assert confidence_score(replace(stored, segments=segments)) == 0.4


def test_what_can_be_edited_is_what_an_edit_takes() -> None:
    assert edit_answer(a_transcript())["segments"][0] == {
        "id": 1,
        "start": 0.0,
        "end": 3.32,
        "text": "The beach",
        "speaker_label": None,
        "confidence": 0.7788,
    }


def test_versions_come_oldest_first() -> None:
    stored = a_transcript().as_next_version(
        edit_notes="names", at=NOON + timedelta(minutes=5), changes_count=3
    )
    assert versions_answer(stored) == {
        "versions": [
            {
                "version": 1,
                "edit_notes": "",
                "updated_at": "2026-08-20T12:00:00+00:00",
                "changes_count": 0,
            },
            {
                "version": 2,
                "edit_notes": "names",
                "updated_at": "2026-08-20T12:05:00+00:00",
                "changes_count": 3,
            },
        ]
    }
