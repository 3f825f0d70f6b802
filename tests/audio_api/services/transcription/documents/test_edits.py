"""People correct a transcript."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from audio_api.services.transcription.documents import (
    StoredTranscript,
    StoredWord,
    apply_edits,
    checked_notes,
    edit_answer,
)
from audio_api.services.transcription.documents.edits import MAX_NOTES_CHARACTERS
from audio_api.services.transcription.documents.reading import (
    MAX_LABEL_CHARACTERS,
    MAX_SEGMENT_CHARACTERS,
    MAX_SEGMENTS,
)
from audiopod.common.problem import Problem
from tests.audio_api.services.transcription.documents.samples import (
    BEACH,
    PLAGE,
    a_transcript,
    said,
)


def rows_of(stored: StoredTranscript) -> list[dict[str, Any]]:
    return edit_answer(stored)["segments"]


def refused(stored: StoredTranscript, rows: object) -> Problem:
    with pytest.raises(Problem) as raised:
        apply_edits(stored, rows)
    return raised.value


def test_what_comes_back_as_it_was_changes_nothing() -> None:
    stored = a_transcript(BEACH, PLAGE)
    assert apply_edits(stored, rows_of(stored)) == (stored, 0)


def test_a_changed_text_keeps_its_place_and_loses_its_words() -> None:
    stored = a_transcript(BEACH, PLAGE)
    rows = rows_of(stored)
    rows[0]["text"] = "  The peach "
    edited, changes = apply_edits(stored, rows)

    assert changes == 1
    assert edited.text == "The peach was full.\nBonjour."
    assert edited.segments[0].words == ()
    assert edited.segments[1].words == stored.segments[1].words
    assert edited.versions == stored.versions


def test_words_stay_where_only_spaces_of_the_text_changed() -> None:
    stored = a_transcript()
    rows = rows_of(stored)
    rows[0]["text"] = "The  beach"
    edited, changes = apply_edits(stored, rows)
    assert changes == 1
    assert [word.word for word in edited.segments[0].words] == ["The", "beach"]


def test_words_go_when_they_lie_outside_the_new_times() -> None:
    stored = a_transcript()
    rows = rows_of(stored)
    rows[0]["end"] = 2.0
    edited, _ = apply_edits(stored, rows)
    assert (edited.segments[0].end, edited.segments[0].words) == (2.0, ())


def test_words_that_still_lie_within_the_new_times_stay() -> None:
    word = StoredWord("a", 0.5, 1.0, 0.9)
    stored = said("a", "b")
    stored = replace(
        stored, segments=(replace(stored.segments[0], words=(word,)), stored.segments[1])
    )
    rows = rows_of(stored)
    rows[0]["end"] = 2.0
    assert apply_edits(stored, rows)[0].segments[0].words == (word,)


def test_a_segment_that_is_left_out_is_removed() -> None:
    stored = said("one", "two", "three")
    edited, changes = apply_edits(stored, [rows_of(stored)[0], rows_of(stored)[2]])
    assert (edited.text, changes) == ("one three", 1)
    assert [segment.id for segment in edited.segments] == [1, 3]


def test_a_segment_without_an_id_is_added_with_the_next_id() -> None:
    stored = said("one", "three")
    first, second = rows_of(stored)
    first["end"] = 1.0
    added = {"start": 1.0, "end": 3.0, "text": "two"}
    edited, changes = apply_edits(stored, [first, added, second])

    assert (edited.text, changes) == ("one two three", 2)
    assert [segment.id for segment in edited.segments] == [1, 3, 2]
    assert edited.segments[1].confidence == 1.0
    assert edited.segments[1].language == "en"


def test_a_segment_added_to_japanese_has_no_space_before_it() -> None:
    stored = said("a", "b", language="ja")
    first, second = rows_of(stored)
    first["end"] = 1.0
    edited, _ = apply_edits(stored, [first, {"start": 1.0, "end": 3.0, "text": "二"}, second])
    assert edited.text == "a二 b"


def test_a_speaker_gets_a_name_and_the_next_number() -> None:
    stored = said("Hi", "Hello", "Hey", speakers=("SPEAKER_00", "SPEAKER_01", "SPEAKER_00"))
    rows = rows_of(stored)
    rows[0]["speaker_label"] = " Ada  Lovelace\x00"
    rows[1]["speaker_label"] = "SPEAKER_00"
    rows[2]["speaker_label"] = None
    edited, changes = apply_edits(stored, rows)

    assert changes == 3
    assert [(it.speaker_id, it.speaker_label, it.speaker) for it in edited.segments] == [
        (2, "Ada Lovelace", "Ada Lovelace"),
        (0, "SPEAKER_00", "SPEAKER_00"),
        (None, None, None),
    ]


def test_without_label_and_confidence_a_segment_keeps_its_own() -> None:
    stored = said("Hi", speakers=("SPEAKER_00",))
    rows = [{"id": 1, "start": 0.0, "end": 3.0, "text": "Hi"}]
    assert apply_edits(stored, rows) == (stored, 0)


def test_a_confidence_can_be_set() -> None:
    stored = said("Hi")
    rows = rows_of(stored)
    rows[0]["confidence"] = 1
    edited, changes = apply_edits(stored, rows)
    assert (edited.segments[0].confidence, changes) == (1.0, 1)


def test_control_characters_are_taken_out_of_a_text() -> None:
    stored = said("Hi")
    rows = rows_of(stored)
    rows[0]["text"] = "a\x00\x1bb\ud800<script>"
    assert apply_edits(stored, rows)[0].text == "ab\ufffd<script>"


def test_what_the_engine_heard_may_overlap_and_pass_the_end() -> None:
    stored = said("one", "two")
    first, second = stored.segments
    stored = replace(stored, segments=(replace(first, end=4.0), replace(second, end=99.0)))
    rows = rows_of(stored)
    rows[1]["text"] = "zwei"
    assert apply_edits(stored, rows)[1] == 1


def test_a_long_text_that_was_heard_can_be_sent_back() -> None:
    stored = said("x" * (MAX_SEGMENT_CHARACTERS + 1), "two")
    rows = rows_of(stored)
    rows[1]["text"] = "zwei"
    assert apply_edits(stored, rows)[1] == 1


@pytest.mark.parametrize(
    "rows", [None, {}, "text", 7, [], [3], [None], [[]], [{}] * (MAX_SEGMENTS + 1)]
)
def test_what_is_no_list_of_segments_is_refused(rows: object) -> None:
    problem = refused(said("Hi"), rows)
    assert problem.status == 400
    assert (problem.param or "").startswith("segments")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "1"),
        ("id", True),
        ("id", 1.0),
        ("start", None),
        ("start", "0"),
        ("start", True),
        ("start", -0.001),
        ("start", math.nan),
        ("end", math.inf),
        ("end", 10**400),
        ("text", None),
        ("text", 7),
        ("text", " \x00 "),
        ("text", "x" * (MAX_SEGMENT_CHARACTERS + 1)),
        ("speaker_label", 7),
        ("speaker_label", "x" * (MAX_LABEL_CHARACTERS + 1)),
        ("confidence", 1.01),
        ("confidence", "high"),
        ("confidence", math.nan),
    ],
)
def test_a_field_of_the_wrong_shape_is_refused_by_name(field: str, value: object) -> None:
    stored = said("Hi", "Hello")
    rows = rows_of(stored)
    rows[1][field] = value
    problem = refused(stored, rows)
    assert (problem.status, problem.param) == (400, f"segments[1].{field}")


@pytest.mark.parametrize(
    ("change", "param", "words"),
    [
        ({"id": 9}, "segments[1].id", "no segment 9"),
        ({"id": 1}, "segments[1].id", "twice"),
        ({"end": 2.5}, "segments[1].end", "before `start`"),
        ({"end": 6.2}, "segments[1].end", "ends after 6 seconds"),
        ({"start": 2.9}, "segments[1].start", "before the end of segment 1"),
    ],
)
def test_what_cannot_be_is_refused_by_name(change: dict[str, Any], param: str, words: str) -> None:
    stored = said("Hi", "Hello")
    rows = rows_of(stored)
    rows[1] |= change
    problem = refused(stored, rows)
    assert (problem.status, problem.param) == (422, param)
    assert words in problem.message


def test_those_who_talk_at_once_have_times_of_their_own() -> None:
    stored = said("Hi", "Hello", "Good")
    rows = rows_of(stored)
    for row, label in zip(rows, ("Ada", "Bob", "Ada"), strict=True):
        row["speaker_label"] = label
    rows[1]["start"] = rows[0]["end"] - 1
    assert apply_edits(stored, rows)[1] == 3

    rows[1]["start"] = rows[2]["start"] = rows[0]["end"] - 1
    problem = refused(stored, rows)
    assert (problem.status, problem.param) == (422, "segments[2].start")
    assert "before the end of segment 1" in problem.message


def test_segments_out_of_order_are_refused() -> None:
    stored = said("Hi", "Hello")
    problem = refused(stored, rows_of(stored)[::-1])
    assert (problem.status, problem.param) == (422, "segments[1].start")


def test_rounding_is_no_overlap() -> None:
    stored = said("Hi", "Hello")
    rows = rows_of(stored)
    rows[1]["start"] = 2.96
    assert apply_edits(stored, rows)[1] == 1


def test_ten_thousand_segments_are_edited() -> None:
    stored = said(*["word"] * 10_000)
    rows = rows_of(stored)
    for row in rows:
        row["text"] = "other"
        row["speaker_label"] = f"S{row['id']}"
    assert apply_edits(stored, rows)[1] == 10_000


def test_notes_are_text_of_a_bounded_length() -> None:
    assert checked_notes(None) == ""
    assert checked_notes(" names\x00 ") == "names"
    for notes in (7, ["a"], "x" * (MAX_NOTES_CHARACTERS + 1)):
        with pytest.raises(Problem) as raised:
            checked_notes(notes)
        assert (raised.value.status, raised.value.param) == (400, "edit_notes")


def test_a_text_is_no_longer_than_can_be_said() -> None:
    stored = said("one", "two", "three")
    rows = rows_of(stored)
    for row in rows:
        row["text"] = "x" * 4_000
    problem = refused(stored, rows)
    assert (problem.status, problem.param) == (422, "segments")
    assert "12,00" in problem.message
    rows[0]["text"] = "one"
    assert apply_edits(stored, rows)[1] == 2


def test_what_was_heard_may_be_kept_however_long_it_is() -> None:
    stored = said("x" * 15_000, "two")
    rows = rows_of(stored)
    rows[1]["text"] = "2"
    assert apply_edits(stored, rows)[1] == 1
