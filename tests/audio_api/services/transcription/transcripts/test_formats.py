"""The transcript formats, read back by third-party parsers."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import timedelta

import pytest
import srt
import webvtt

from audio.engines.base import Segment, Word
from audio_api.services.transcription.subtitles import Layout
from audio_api.services.transcription.transcripts import (
    Transcript,
    TranscriptFormat,
    render,
    to_json,
    to_srt,
    to_text,
    to_verbose_json,
    to_vtt,
)

HOUR = 3600.0
SEGMENTS = Layout("segment")


def a_segment(
    text: str, start: float = 0.0, end: float = 1.0, words: tuple[Word, ...] = (), **more: float
) -> Segment:
    figures = {
        "temperature": 0.0,
        "avg_logprob": -0.286,
        "compression_ratio": 1.236,
        "no_speech_prob": 0.0098,
    } | more
    return Segment(
        id=0, seek=0, start=start, end=end, text=text, tokens=(50364, 440), words=words, **figures
    )


BEACH = Transcript(
    segments=[
        a_segment(
            " The beach was",
            0.0,
            3.32,
            (Word(" The", 0.0, 0.24, 0.9), Word("beach", 0.24, 0.6, 0.9)),
        ),
        a_segment(" a popular spot.", 3.32, 8.47, (Word("spot", 8.0, 8.47, 0.9),)),
    ],
    language="en",
    duration=8.47,
)
SILENCE = Transcript(segments=[], language="en", duration=2.0)


def test_json_has_the_text_without_outer_spaces_and_the_usage_in_started_seconds():
    assert to_json(BEACH) == {
        "text": "The beach was a popular spot.",
        "usage": {"type": "duration", "seconds": 9},
    }


def test_verbose_json_gives_segments_by_default_with_exactly_openais_fields():
    body = to_verbose_json(BEACH)

    assert list(body) == ["task", "language", "duration", "text", "segments", "usage"]
    assert body["task"] == "transcribe"
    assert body["language"] == "english"
    assert body["duration"] == 8.47
    assert body["usage"] == {"type": "duration", "seconds": 9}
    assert body["segments"][0] == {
        "id": 0,
        "seek": 0,
        "start": 0.0,
        "end": 3.32,
        "text": " The beach was",  # Whisper's leading space stays
        "tokens": [50364, 440],
        "temperature": 0.0,
        "avg_logprob": -0.286,
        "compression_ratio": 1.236,
        "no_speech_prob": 0.0098,
    }


def test_verbose_json_with_words_only_has_no_segments_key():
    body = to_verbose_json(BEACH, ["word"])

    assert "segments" not in body
    assert body["words"] == [
        {"word": "The", "start": 0.0, "end": 0.24},
        {"word": "beach", "start": 0.24, "end": 0.6},
        {"word": "spot", "start": 8.0, "end": 8.47},
    ]


def test_verbose_json_with_both_granularities_has_both():
    body = to_verbose_json(BEACH, {"word", "segment"})

    assert len(body["segments"]) == 2
    assert len(body["words"]) == 3


def test_a_translations_language_is_english_whatever_was_spoken():
    french = Transcript([a_segment(" Good morning.")], "fr", 1.0, "translate")

    body = to_verbose_json(french)

    assert (body["task"], body["language"]) == ("translate", "english")


def test_a_transcriptions_language_is_its_english_name():
    assert to_verbose_json(Transcript([], "fr", 1.0))["language"] == "french"


def test_the_language_is_that_of_most_of_the_speech_and_how_sure_it_is_is_told():
    def said(text: str, start: float, end: float, language: str, sure: float) -> Segment:
        return replace(a_segment(text, start, end), language=language, language_probability=sure)

    mixed = Transcript(
        [
            said(" Yes.", 0.0, 1.0, "en", 0.9),
            said(" El perro duerme.", 1.0, 5.0, "es", 0.8),
            said(" Buenas noches.", 5.0, 7.0, "es", 0.5),
        ],
        "en",
        7.0,
    )

    body = to_verbose_json(mixed)
    assert (body["language"], body["language_probability"]) == ("spanish", 0.7)
    assert [segment["language"] for segment in body["segments"]] == ["en", "es", "es"]
    assert to_json(mixed, languages=True)["languages"] == [{"code": "es"}, {"code": "en"}]

    alone = Transcript([said(" Yes.", 0.0, 1.0, "en", 0.9)], "en", 1.0)
    assert "language" not in to_verbose_json(alone)["segments"][0]
    translated = to_verbose_json(replace(mixed, task="translate"))
    assert translated["language"] == "english"
    assert "language_probability" not in translated


def test_times_beyond_the_audio_are_brought_back_to_its_end():
    late = Transcript([a_segment(" Hi", 0.5, 30.0, (Word("Hi", 0.5, 29.0, 1.0),))], "en", 2.0)

    body = to_verbose_json(late, ["segment", "word"])

    assert body["segments"][0]["end"] == 2.0
    assert body["words"][0]["end"] == 2.0
    assert "00:00:00,500 --> 00:00:02,000" in to_srt(late)


def test_figures_that_json_cannot_hold_become_zero():
    odd = Transcript([a_segment(" Hm", avg_logprob=math.nan, no_speech_prob=math.inf)], "en", 1.0)

    segment = json.loads(render(odd, TranscriptFormat.VERBOSE_JSON))["segments"][0]

    assert (segment["avg_logprob"], segment["no_speech_prob"]) == (0.0, 0.0)


def test_text_ends_with_a_newline():
    assert to_text(BEACH) == "The beach was a popular spot.\n"


def test_srt_is_read_by_a_third_party():
    cues = list(srt.parse(to_srt(BEACH, SEGMENTS)))

    assert to_srt(BEACH, SEGMENTS).startswith(
        "1\n00:00:00,000 --> 00:00:03,320\nThe beach was\n\n2\n"
    )
    assert [cue.index for cue in cues] == [1, 2]
    assert [cue.content for cue in cues] == ["The beach was", "a popular spot."]
    assert cues[1].end == timedelta(seconds=8.47)


def test_vtt_is_read_by_a_third_party():
    cues = webvtt.from_string(to_vtt(BEACH, SEGMENTS)).captions

    assert to_vtt(BEACH, SEGMENTS).startswith(
        "WEBVTT\n\n00:00:00.000 --> 00:00:03.320\nThe beach was\n\n"
    )
    assert [cue.text for cue in cues] == ["The beach was", "a popular spot."]
    assert (cues[1].start, cues[1].end) == ("00:00:03.320", "00:00:08.470")


def test_subtitles_past_ten_hours_keep_their_hours():
    long = Transcript([a_segment(" Late.", 11 * HOUR + 61.0005, 101 * HOUR)], "en", 102 * HOUR)

    assert "11:01:01,000 --> 101:00:00,000" in to_srt(long, SEGMENTS)
    assert next(srt.parse(to_srt(long, SEGMENTS))).start == timedelta(
        hours=11, minutes=1, seconds=1
    )
    assert "11:01:01.000 --> 101:00:00.000" in to_vtt(long, SEGMENTS)


def test_a_subtitle_past_one_hour_and_past_ten():
    long = Transcript(
        [a_segment(" One.", HOUR - 0.5, HOUR + 0.5), a_segment(" Ten.", 10 * HOUR, 10 * HOUR + 2)],
        "en",
        11 * HOUR,
    )

    assert "00:59:59,500 --> 01:00:00,500\nOne." in to_srt(long, SEGMENTS)
    assert "10:00:00.000 --> 10:00:02.000\nTen." in to_vtt(long, SEGMENTS)
    assert [cue.end.total_seconds() for cue in srt.parse(to_srt(long, SEGMENTS))] == [3600.5, 36002]
    assert webvtt.from_string(to_vtt(long, SEGMENTS)).captions[1].start_in_seconds == 36000


def test_rounding_to_milliseconds_carries_into_the_minute():
    carry = Transcript([a_segment(" Now.", 59.9996, 61.0)], "en", 61.0)

    assert "00:01:00,000 -->" in to_srt(carry, SEGMENTS)


@pytest.mark.parametrize(
    "text", [" go --> there", " go ----> there", " two\n\nlines", " carriage\r\n\r\nreturn"]
)
def test_text_that_looks_like_the_markup_of_subtitles_does_not_break_them(text: str):
    tricky = Transcript([a_segment(text, 0, 1), a_segment(" Second.", 1, 2)], "en", 2.0)

    assert [cue.content for cue in srt.parse(to_srt(tricky, SEGMENTS))][1] == "Second."
    assert len(webvtt.from_string(to_vtt(tricky, SEGMENTS)).captions) == 2
    assert to_srt(tricky, SEGMENTS).count("-->") == 2
    (cue,) = srt.parse(to_srt(tricky))
    assert cue.content.endswith("Second.")


def test_a_segment_without_words_makes_no_cue_and_leaves_no_gap_in_the_numbers():
    gappy = Transcript([a_segment("  "), a_segment(" Here.", 1, 2)], "en", 2.0)

    assert [(cue.index, cue.content) for cue in srt.parse(to_srt(gappy))] == [(1, "Here.")]


def test_silence_is_an_empty_transcript_in_every_format():
    assert to_json(SILENCE)["text"] == ""
    assert to_verbose_json(SILENCE, ["segment", "word"])["segments"] == []
    assert to_verbose_json(SILENCE, ["segment", "word"])["words"] == []
    assert to_text(SILENCE) == "\n"
    assert list(srt.parse(to_srt(SILENCE))) == []
    assert webvtt.from_string(to_vtt(SILENCE)).captions == []


def test_subtitles_are_cut_as_they_are_published_unless_segments_are_asked_for():
    words = tuple(Word(word, i * 0.5, i * 0.5 + 0.5, 0.9) for i, word in enumerate("abcdefgh" * 5))
    text = " " + " ".join(word.text * 4 for word in words)
    long = Transcript(
        [a_segment(text, 0, 20, tuple(replace(w, text=w.text * 4) for w in words))], "en", 20.0
    )

    cues = list(srt.parse(to_srt(long)))
    assert len(cues) > 2
    assert all(len(line) <= 42 for cue in cues for line in cue.content.split("\n"))
    assert " ".join(" ".join(cue.content.split()) for cue in cues) == text.strip()
    assert [
        cue.content for cue in srt.parse(render(long, TranscriptFormat.SRT, layout=SEGMENTS))
    ] == [text.strip()]
    by_word = webvtt.from_string(render(long, TranscriptFormat.VTT, layout=Layout("word"))).captions
    assert (len(by_word), by_word[3].start) == (40, "00:00:01.500")


@pytest.mark.parametrize("fmt", TranscriptFormat)
def test_only_json_is_sent_as_json(fmt: TranscriptFormat):
    body = render(BEACH, fmt)

    if fmt.content_type == "application/json":
        assert json.loads(body)["text"] == BEACH.text
    else:
        assert fmt.content_type == "text/plain; charset=utf-8"
        assert "beach" in body


def test_other_scripts_are_sent_as_they_are():
    body = render(Transcript([a_segment(" こんにちは")], "ja", 1.0), TranscriptFormat.JSON)

    assert "こんにちは" in body
