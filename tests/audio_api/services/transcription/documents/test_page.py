"""The HTML page, parsed."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

from audio_api.services.transcription.documents import DocumentForm, StoredTranscript, render
from tests.audio_api.services.transcription.documents.samples import (
    BEACH,
    HOSTILE,
    PLAGE,
    SILENCE,
    a_transcript,
    said,
)


class Reader(HTMLParser):
    """Collects tags with their attributes, and the text within each kind of tag."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]][-1] += data


def page_of(stored: StoredTranscript, title: str = "Beach") -> str:
    return render(stored, DocumentForm.HTML, job_id=7, title=title).body.decode()


def test_the_page_has_title_times_texts_and_sources() -> None:
    read = Reader(page_of(a_transcript(BEACH, PLAGE)))
    assert read.texts["title"] == read.texts["h1"] == ["Beach"]
    assert read.texts["h2"] == ["beach.mp3", "plage.mp3"]
    assert read.texts["time"] == ["0:00:00", "0:00:03", "0:00:09"]
    assert read.texts["p"] == ["0:00:12 · en", "The beach", "was full.", "Bonjour."]
    languages = [attrs["lang"] for tag, attrs in read.tags if tag == "p" and "lang" in attrs]
    assert languages == ["en", "en", "fr"]


def test_every_text_finds_its_own_direction() -> None:
    stored = said("שלום world", speakers=("عادل",))
    read = Reader(page_of(stored, title="مرحبا"))
    directions = {tag: attrs.get("dir") for tag, attrs in read.tags if tag in {"h1", "h3"}}
    assert directions == {"h1": "auto", "h3": "auto"}
    texts = [attrs for tag, attrs in read.tags if tag == "p" and "lang" in attrs]
    assert [attrs["dir"] for attrs in texts] == ["auto"]


def test_speakers_are_named_once_a_turn() -> None:
    read = Reader(page_of(said("a", "b", "c", speakers=("Ada", "Ada", "Bob"))))
    assert read.texts["h3"] == ["Ada", "Bob"]


def test_hostile_text_stays_text() -> None:
    stored = said(HOSTILE, language='"><img src=x>', speakers=(HOSTILE,))
    content = page_of(stored, title=HOSTILE)
    read = Reader(content)

    assert {tag for tag, _ in read.tags}.isdisjoint({"script", "img"})
    assert not any(name.startswith("on") for _, attrs in read.tags for name in attrs)
    shown = "<script>alert('x')</script> & \"]]> --> {{7*7}} end"
    assert read.texts["p"][1] == shown
    assert read.texts["h1"] == [shown]
    assert "\x00" not in content


def test_the_page_needs_nothing_and_its_policy_allows_its_style_alone() -> None:
    content = page_of(a_transcript())
    (style,) = Reader(content).texts["style"]
    policies = re.findall(r'Content-Security-Policy" content="([^"]+)"', content)
    assert policies == [
        "default-src 'none'; style-src"
        f" 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"
    ]
    assert not re.search(r"(src|href|url)\s*[=(]", content)


def test_silence_is_a_page_without_sections() -> None:
    read = Reader(page_of(a_transcript(SILENCE)))
    assert "section" not in read.texts
    assert read.texts["p"] == ["0:00:02 · en"]
