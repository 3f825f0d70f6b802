"""The PDF, read back by pypdf."""

from __future__ import annotations

import io
import threading
import time
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest
import reportlab
from pypdf import PdfReader

from audio_api.services.transcription.documents import DocumentForm, StoredTranscript, render
from audio_api.services.transcription.documents.letters import INSTEAD, Letters
from audio_api.services.transcription.documents.typesetting import lines, runs
from tests.audio_api.services.transcription.documents.samples import (
    BEACH,
    HOSTILE,
    PLAGE,
    SILENCE,
    a_transcript,
    said,
)

NOTE = "has no font for"


def pdf_of(stored: StoredTranscript, title: str = "Beach", fonts: Sequence[Path] = ()) -> PdfReader:
    body = render(stored, DocumentForm.PDF, job_id=7, title=title, fonts=fonts).body
    return PdfReader(io.BytesIO(body), strict=True)


def text_of(stored: StoredTranscript, title: str = "Beach", fonts: Sequence[Path] = ()) -> str:
    pages = pdf_of(stored, title, fonts).pages
    return "\n".join(page.extract_text() for page in pages)


def test_it_has_title_times_texts_and_sources() -> None:
    lines = text_of(a_transcript(BEACH, PLAGE)).split("\n")
    assert [line for line in lines if line.strip()] == [
        "Beach",
        "0:00:12 · en",
        "beach.mp3",
        "0:00:00 The beach",
        "0:00:03 was full.",
        "plage.mp3",
        "0:00:09 Bonjour.",
        "1",
    ]


def test_it_says_what_made_it() -> None:
    made = pdf_of(a_transcript(), "Größe שלום").metadata
    assert made is not None
    assert (made.title, made.author, made.creator) == ("Größe שלום", "AudioPod", "AudioPod")


def test_speakers_are_named_once_a_turn() -> None:
    text = text_of(said("a", "b", "c", speakers=("Ada", "Ada", "Bob")))
    assert (text.count("Ada"), text.count("Bob")) == (1, 1)


@pytest.mark.parametrize(
    "text",
    [
        "Größe, çà et là, Việt Nam, Łódź",
        "Ωμέγα και ᾧ",
        "Съешь же ещё, їжак, Ђорђе",
        "ქართული",
        "日本語かなカナ、です。",
        "简体中文說話",
        "한국어 텍스트",
        "שלום",
        "mixed 日本 and Ελλάδα",
    ],
)
def test_scripts_with_a_font_are_shown_and_can_be_read_back(text: str) -> None:
    shown = text_of(said(text))
    assert INSTEAD not in shown
    assert NOTE not in shown
    assert text in shown


@pytest.mark.parametrize("text", ["हिन्दी क्षत्रिय", "สวัสดีครับ", "السلام عليكم", "می\u200cروم"])
def test_scripts_that_join_their_letters_have_a_font(text: str) -> None:
    shown = text_of(said(text))
    assert INSTEAD not in shown
    assert NOTE not in shown


def test_arabic_letters_are_joined_and_stand_in_the_order_of_reading() -> None:
    shown = unicodedata.normalize("NFKC", text_of(said("السلام عليكم")))
    assert "السلام عليكم" in shown
    # the reader above undoes the joined forms: as they stand they are not the letters typed
    assert "السلام عليكم" not in text_of(said("السلام عليكم"))


def test_letters_that_change_their_shape_carry_the_text_that_a_reader_copies() -> None:
    content = pdf_of(said("हिन्दी क्षत्रिय")).pages[0].get_contents()
    assert content is not None
    typed = "हिन्दी क्षत्रिय".encode("utf-16-be").hex().encode()
    assert b"/ActualText <feff" + typed + b">" in content.get_data()


def test_brackets_in_a_line_from_right_to_left_are_mirrored() -> None:
    letters = Letters(language="he")
    pieces = runs("שלום (אב) 12", letters, 10.0, is_rtl=True)
    assert "".join(piece.text for piece in pieces) == "12 (בא) םולש"
    pieces = runs("he said (אב) ok", letters, 10.0, is_rtl=False)
    assert "".join(piece.text for piece in pieces) == "he said (בא) ok"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tamil கதை here", f"tamil {INSTEAD} here"),
        ("😀🎉 party", f"{INSTEAD} party"),
        ("a\u200d\ufe0f b", "a b"),
        ("\U0001d401\U0001d428\U0001d425\U0001d41d ﬃ", "Bold ffi"),
    ],
)
def test_letters_without_a_font_are_replaced_and_a_note_says_so(text: str, shown: str) -> None:
    content = text_of(said(text))
    assert shown in content
    assert (NOTE in content) == (INSTEAD in shown)


def test_the_note_counts_the_letters() -> None:
    assert "(3 in all)" in text_of(said("கதை"), title="Beach")


def test_a_font_of_the_operators_shows_what_the_main_one_lacks() -> None:
    vera = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
    assert f"a {INSTEAD} b" in text_of(said("a \u2261 b"))
    assert "a \u2261 b" in text_of(said("a \u2261 b"), fonts=[vera])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aaa bbb ccc", ["aaa bbb", "ccc"]),
        ("aaaaaaaaaaaa", ["aaaaaa", "aaaaaa"]),
        ("日本語日本語", ["日本語", "日本語"]),
        ("", []),
    ],
)
def test_a_line_ends_at_a_space_beside_an_ideograph_or_in_too_long_a_word(
    text: str, expected: list[str]
) -> None:
    letters = Letters(language="ja")
    assert list(lines(text, letters, 3.8)) == expected


def test_a_long_text_is_broken_into_lines_and_pages() -> None:
    words = " ".join(f"word{number}" for number in range(5_000))
    pages = pdf_of(said(words)).pages
    shown = " ".join(page.extract_text() for page in pages)
    assert len(pages) > 5
    assert [word for word in shown.split() if word.startswith("word")] == words.split()


def test_a_hundred_thousand_characters_without_a_space_are_all_there() -> None:
    shown = "".join(page.extract_text() for page in pdf_of(said("x" * 100_000), "T").pages)
    assert shown.count("x") == 100_000


def test_hostile_text_stays_text() -> None:
    shown = text_of(said(HOSTILE), HOSTILE)
    assert shown.count("<script>alert('x')</script> & \"]]> --> {{7*7}} end") == 2


def test_silence_is_a_page_without_times() -> None:
    lines = text_of(a_transcript(SILENCE)).split("\n")
    assert [line for line in lines if line.strip()] == ["Beach", "0:00:02 · en", "1"]


def test_threads_do_not_disturb_each_other() -> None:
    texts = ["हिन्दी क्षत्रिय", "السلام عليكم", "สวัสดี ที่นี่", "Ωμέγα"] * 3
    alone = [text_of(said(text)) for text in texts]
    together: dict[int, str] = {}

    def print_one(number: int) -> None:
        together[number] = text_of(said(texts[number]))

    threads = [threading.Thread(target=print_one, args=(at,)) for at in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[at] for at in range(len(texts))] == alone


@pytest.mark.parametrize("form", DocumentForm)
def test_ten_thousand_segments_take_seconds_of_work(form: DocumentForm) -> None:
    stored = said(*["What is said in three seconds, or thereabouts."] * 10_000)
    begun = time.process_time()
    body = render(stored, form, job_id=7, title="Long").body
    assert time.process_time() - begun < 20
    assert body
