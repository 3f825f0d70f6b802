"""A stored transcript in each of its forms."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import srt
import webvtt

from audio_api.services.transcription.documents import (
    DocumentForm,
    StoredTranscript,
    render,
    transcript_answer,
)
from audio_api.services.transcription.subtitles import Layout
from audiopod.common.problem import Problem
from tests.audio_api.services.transcription.documents.samples import (
    BEACH,
    HOSTILE,
    PLAGE,
    SILENCE,
    a_transcript,
    said,
)

DIALOGUE = said("Hi.", "How are you?", "Fine.", speakers=("Ada", "Ada", "Bob"))


def text_of(stored: StoredTranscript, form: DocumentForm) -> str:
    return render(stored, form, job_id=7, title="a").body.decode()


@pytest.mark.parametrize(
    ("form", "content_type", "begin"),
    [
        ("json", "application/json", b"{"),
        ("txt", "text/plain; charset=utf-8", b"The beach"),
        ("srt", "application/x-subrip", b"1\n"),
        ("vtt", "text/vtt", b"WEBVTT\n"),
        ("html", "text/html; charset=utf-8", b"<!DOCTYPE html>"),
        (
            "docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            b"PK\x03\x04",
        ),
        ("pdf", "application/pdf", b"%PDF-"),
    ],
)
def test_each_form_has_its_type_its_name_and_its_own_beginning(
    form: str, content_type: str, begin: bytes
) -> None:
    rendered = render(a_transcript(), DocumentForm.of(form), job_id=7, title="Beach.mp3")
    assert (rendered.content_type, rendered.file_name) == (content_type, f"Beach.{form}")
    assert rendered.body.startswith(begin)


@pytest.mark.parametrize("form", DocumentForm)
@pytest.mark.parametrize("stored", [a_transcript(SILENCE), said(HOSTILE)], ids=["empty", "hostile"])
def test_every_form_takes_every_transcript_and_title(
    form: DocumentForm, stored: StoredTranscript
) -> None:
    for title in ("", HOSTILE, "שלום\ud800 😀"):
        once = render(stored, form, job_id=7, title=title)
        assert once == render(stored, form, job_id=7, title=title)
        assert once.file_name.endswith(f".{form}")


@pytest.mark.parametrize("asked", ["JSON", " srt ", "Pdf"])
def test_a_form_is_asked_for_in_any_case(asked: str) -> None:
    assert DocumentForm.of(asked).value == asked.strip().lower()


@pytest.mark.parametrize("asked", ["", "doc", "verbose_json", "json\x00"])
def test_a_form_that_there_is_not_is_refused(asked: str) -> None:
    with pytest.raises(Problem, match="one of json, txt, srt, vtt, html, docx, pdf") as raised:
        DocumentForm.of(asked)
    assert (raised.value.status, raised.value.param) == (400, "format")


def test_only_text_can_be_sent_as_a_json_string() -> None:
    assert {form.value for form in DocumentForm if form.is_text} == {"txt", "srt", "vtt"}


def test_json_is_the_answer_of_the_api() -> None:
    stored = a_transcript(BEACH, PLAGE)
    assert json.loads(text_of(stored, DocumentForm.JSON)) == transcript_answer(stored, job_id=7)


def test_text_is_the_text() -> None:
    assert text_of(a_transcript(BEACH, PLAGE), DocumentForm.TXT) == (
        "The beach was full.\nBonjour.\n"
    )


def test_text_names_each_speaker_once_a_turn() -> None:
    assert text_of(DIALOGUE, DocumentForm.TXT) == "Ada: Hi. How are you?\nBob: Fine.\n"


def test_subrip_is_read_by_another_parser() -> None:
    first, second, third = srt.parse(text_of(DIALOGUE, DocumentForm.SRT))
    assert (first.content, second.content, third.content) == (
        "Ada: Hi.",
        "Ada: How are you?",
        "Bob: Fine.",
    )
    assert (second.start, second.end) == (timedelta(seconds=3), timedelta(seconds=6))


def test_times_of_a_second_source_run_on_in_subtitles() -> None:
    *_, bonjour = srt.parse(text_of(a_transcript(BEACH, PLAGE), DocumentForm.SRT))
    assert (bonjour.content, bonjour.start) == ("Bonjour.", timedelta(seconds=9.47))


def test_webvtt_is_read_by_another_parser() -> None:
    captions = webvtt.from_string(text_of(DIALOGUE, DocumentForm.VTT)).captions
    assert [(it.voice, it.text, it.start) for it in captions] == [
        ("Ada", "Hi.", "00:00:00.000"),
        ("Ada", "How are you?", "00:00:03.000"),
        ("Bob", "Fine.", "00:00:06.000"),
    ]


def test_subtitles_are_cut_like_those_of_the_api_or_as_they_are_asked_for() -> None:
    text = "The ferry leaves the island at seven, long before the bakery opens its green shutters."
    stored = said(text, text)
    cues = list(srt.parse(text_of(stored, DocumentForm.SRT)))
    assert all(len(line) <= 42 for cue in cues for line in cue.content.split("\n"))

    for kind, count in (("segment", 2), ("word", 30)):
        made = render(stored, DocumentForm.VTT, job_id=7, title="a", layout=Layout(kind))
        assert len(webvtt.from_string(made.body.decode()).captions) == count


def test_webvtt_has_no_markup_but_the_voice() -> None:
    stored = said("<b>a</b> --> & b\n\nNOTE x", speakers=("<c>\n--> d",))
    body = text_of(stored, DocumentForm.VTT)
    assert body == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:03.000\n"
        "<v &lt;c&gt; --&gt; d>&lt;b&gt;a&lt;/b&gt; --&gt; &amp; b NOTE x\n\n"
    )
    assert len(webvtt.from_string(body).captions) == 1
