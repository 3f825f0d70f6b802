"""The Word document, read back by python-docx and as XML."""

from __future__ import annotations

import io
from xml.etree import ElementTree
from zipfile import ZipFile

from docx import Document

from audio_api.services.transcription.documents import DocumentForm, StoredTranscript, render
from tests.audio_api.services.transcription.documents.samples import (
    BEACH,
    HOSTILE,
    PLAGE,
    SILENCE,
    a_transcript,
    said,
)

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def docx_of(stored: StoredTranscript, title: str = "Beach") -> bytes:
    return render(stored, DocumentForm.DOCX, job_id=7, title=title).body


def paragraphs_of(content: bytes) -> list[tuple[str, str]]:
    return [(it.style.name, it.text) for it in Document(io.BytesIO(content)).paragraphs]


def test_it_has_title_times_texts_and_sources() -> None:
    content = docx_of(a_transcript(BEACH, PLAGE))
    assert paragraphs_of(content) == [
        ("Title", "Beach"),
        ("Subtitle", "0:00:12 · en"),
        ("Heading 1", "beach.mp3"),
        ("Normal", "0:00:00\tThe beach"),
        ("Normal", "0:00:03\twas full."),
        ("Heading 1", "plage.mp3"),
        ("Normal", "0:00:09\tBonjour."),
    ]
    made = Document(io.BytesIO(content)).core_properties
    assert (made.title, made.author, made.language) == ("Beach", "AudioPod", "en")


def test_speakers_are_headings() -> None:
    content = docx_of(said("a", "b", "c", speakers=("Ada", "Ada", "Bob")))
    assert [text for style, text in paragraphs_of(content) if style == "Heading 2"] == [
        "Ada",
        "Bob",
    ]


def test_every_part_is_well_formed_and_the_archive_is_whole() -> None:
    with ZipFile(io.BytesIO(docx_of(said(HOSTILE, speakers=(HOSTILE,)), HOSTILE))) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            ElementTree.fromstring(archive.read(name))


def test_hostile_text_stays_text() -> None:
    shown = "<script>alert('x')</script> & \"]]> --> {{7*7}} end"
    content = docx_of(said(HOSTILE), HOSTILE)
    assert [text for _, text in paragraphs_of(content)] == [
        shown,
        "0:00:03 · en",
        f"0:00:00\t{shown}",
    ]


def test_a_text_from_right_to_left_is_marked_as_such() -> None:
    content = docx_of(said("שלום world", "hello", language="he"))
    with ZipFile(io.BytesIO(content)) as archive:
        body = ElementTree.fromstring(archive.read("word/document.xml"))
    *_, hebrew, english = body.iter(f"{W}p")

    assert hebrew.find(f"{W}pPr/{W}bidi") is not None
    assert [it.get(f"{W}bidi") for it in hebrew.iter(f"{W}lang")] == ["he"]
    assert list(hebrew.iter(f"{W}rtl"))
    assert english.find(f"{W}pPr/{W}bidi") is None
    assert not list(english.iter(f"{W}rtl"))


def test_silence_is_a_document_without_a_text() -> None:
    assert len(paragraphs_of(docx_of(a_transcript(SILENCE)))) == 2


def test_emoji_and_a_hundred_thousand_characters_are_kept() -> None:
    text = "😀" * 100_000
    *_, (_, last) = paragraphs_of(docx_of(said(text)))
    assert last == f"0:00:00\t{text}"
