"""Where the first piece of a speech ends: at a clause, and in no number and no quotation."""

from __future__ import annotations

import pytest

from audio.engines.speech.reading import in_words
from audio.engines.speech.text import pieces

FIRST = [
    ("en-US", "Call 555-0199 now, or write to us at the usual address.", "now,"),
    ("en-US", "Please call (555) 123-4567 today, and ask for Margaret.", "today,"),
    ("en-US", "The number is 555, 0199, and nobody has ever called it.", "nine nine,"),
    ("en-US", "Call +1 800 555 0199 before noon; we close early on Fridays.", "before noon;"),
    ("de-DE", "Rufen Sie 030 1234567 an, bevor Sie am Montag kommen.", "an,"),
    ("es-ES", "Llame al 555-0199 mañana, antes de que cierre la oficina.", "mañana,"),
    ("fr-FR", "Appelez le 01 23 45 demain, avant la fermeture du bureau.", "demain,"),
    ("ja", "電話番号は一二三、四五六七です、受付は朝の九時から夕方の五時までです。" * 2, "です、"),
    ("en-US", "It cost $1,234.56, or 17% more than in the year before that.", "cents,"),
    ("en-US", "On May 3, 2026, the ferry leaves long before the bakery opens.", "twenty six,"),
    ("en-US", 'She said, "Come in at once, and close the door," and smiled.', 'door,"'),
    ("en-US", "She said: “Come in at once, and close the door,” and smiled.", "door,”"),
    ("en-US", "The old professor (Dr. Smith, that is) wrote to them, at last.", "Smith,"),
    ("en-US", "When the sun came up, the boats were out and the gulls with them.", "up,"),
]


@pytest.mark.parametrize(("language", "text", "end"), FIRST)
def test_the_first_piece_is_a_clause_of_its_own(language: str, text: str, end: str) -> None:
    first, *rest = pieces(in_words(text, language))

    assert first.endswith(end)
    assert rest


def test_without_a_mark_a_text_is_cut_before_a_conjunction() -> None:
    text = (
        "By then the old fishermen mended their nets and the harbour smells of salt and of diesel"
        " that somebody has spilt"
    )

    assert pieces(text)[0].endswith("harbour smells of salt")
    assert pieces(text)[1].startswith("and of diesel")


def test_a_list_of_numbers_is_cut_at_its_commas_all_the_same() -> None:
    text = "twenty one, thirty two, forty three, fifty four, " * 6

    assert all(piece.endswith(",") for piece in pieces(text))


def test_a_long_quotation_is_cut_somewhere() -> None:
    text = '"' + "I came, I looked around for a while, and then I went away again, " * 4 + '"'

    assert pieces(text)[0].endswith(",")


def test_the_second_piece_is_made_while_the_first_is_spoken() -> None:
    text = "When the sun came, " + "the gulls followed them slowly. " * 40

    first, second, third, *_ = pieces(text)

    assert first == "When the sun came,"
    assert 60 < len(second) <= 5 * len(text[: len(first) + 1])
    assert len(third) > 180
