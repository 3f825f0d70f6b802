"""The PDF, read back."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader
from pytest_django import Settings

from accounts.models import ApiKey, User
from audiopod.common.months import Month
from dashboard import statements
from dashboard.statements.fonts import printable
from tests.clock import at
from tests.dashboard.statements.conftest import History

pytestmark = pytest.mark.django_db

AUGUST = Month(2026, 8)


def text_of(user: User) -> str:
    content = statements.render(statements.summarize(user, AUGUST))
    pages = PdfReader(io.BytesIO(content)).pages
    return "\n".join(page.extract_text() for page in pages)


def test_it_says_what_made_it(ada: User) -> None:
    content = statements.render(statements.summarize(ada, AUGUST))
    made = PdfReader(io.BytesIO(content)).metadata
    assert made is not None
    assert (made.creator, made.author) == ("AudioPod", "AudioPod")


def test_what_it_says(history: History, ada: User, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://audio.example.com"
    payment = history.top_up(2_500)
    history.wait(days=1)
    history.spend(90_000)
    history.spend(6_000, kind="transcription")
    history.refund(payment, 500)

    with at(history.now):
        text = text_of(ada)

    for words in (
        "AudioPod statement",
        "Account: ada@example.com",
        "Period: August 2026, to date (UTC)",
        "Server: https://audio.example.com",
        "Opening balance $0.00",
        "Top-ups 1 $25.00",
        "Refunds 1 -$5.00",
        "Requests 2 -$0.064",
        "Balance to date $19.936",
        "speech 1 1.500 $0.06",
        "transcription 1 0.100 $0.004",
        "Together 2 1.600 $0.064",
        "2026-08-21 2 1.600 $0.064 -$5.00",
        "Page 1",
    ):
        assert words in " ".join(text.split()), words
    assert "Debt" not in text


def test_a_month_that_is_over(history: History, ada: User) -> None:
    history.grant(1)
    with at(AUGUST.end):
        text = text_of(ada)

    assert "Period: August 2026 (UTC)" in text
    assert "Closing balance" in text


def test_a_debt_is_told(history: History, ada: User) -> None:
    payment = history.top_up(500)
    history.spend(3_000_000)
    history.refund(payment, 500)

    with at(history.now):
        text = " ".join(text_of(ada).split())

    for words in ("Owed before $0.00", "Refunds: owed 1 $2.00", "Owed after $2.00"):
        assert words in text


def test_the_same_statement_is_the_same_file(history: History, ada: User) -> None:
    history.grant(1_000_000)
    history.spend(1_000)

    first, second = (statements.render(statements.summarize(ada, AUGUST)) for _ in range(2))

    assert first == second


@pytest.mark.parametrize(
    "name",
    ["<b>bold", "a & b", "مفتاح", "日本語の鍵", "🔑🔑", "\x00\x01\u202e", "x" * 100, "]]>", "&#0;"],
)
def test_any_name_can_be_printed(name: str, history: History, ada: User) -> None:
    history.grant(1_000_000)
    history.spend(1_000)
    ApiKey.objects.filter(user=ada).update(name=name)

    text = text_of(ada)

    assert ApiKey.objects.get(user=ada).masked in text.replace("\n", "")


def test_many_keys_take_more_pages(history: History, ada: User) -> None:
    history.grant(1_000_000)
    for number in range(120):
        history.key = ApiKey.objects.create(
            user=ada, name=f"key {number}", digest=bytes([number]), first="ap_12345", last="abcd"
        )
        history.spend(1_000)

    text = text_of(ada)

    assert "Page 4" in text
    assert "key 119" in text
    assert text.count("Minutes of audio") >= 5  # the head of a table is on each of its pages


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Größe, façade, Łódź", "Größe, façade, Łódz"),
        ("e\u0301", "é"),
        ("naïve “quotes” €5", "naïve “quotes” €5"),
        ("ẞ", "?"),
        ("ąęńő", "aeno"),
        ("日本", "??"),
        ("a\nb\tc\u200bd", "a b cd"),
        ("①", "1"),
        ("\uffff", "?"),
    ],
)
def test_letters_that_the_font_lacks(text: str, printed: str) -> None:
    assert printable(text) == printed
