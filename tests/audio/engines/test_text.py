"""Text before it is spoken: what is skipped, what is kept, where it is cut."""

from __future__ import annotations

# ruff: noqa: RUF001 - marks of many scripts, meant as they are
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.engines.speech.text import FIRST_PIECE_MAX, PIECE_MAX, clean, pieces, speakable

CLEANED = [
    ("plain words stay.", "plain words stay."),
    ("  a\tb   c  ", "a b c"),
    ("bell\x07 and\x00zero", "bell and zero"),
    ("zero\u200bwidth soft\u00adhyphen", "zerowidth softhyphen"),
    ("party 🎉 time 👩‍👩‍👧 now ❤️", "party time now"),
    ("**bold** *it* __under__ ~~gone~~", "bold it under gone"),
    ("`code`, then:\n```python\nprint(1)\n```", "code, then: print(1)"),
    ("# Title\ntext", "Title. Text"),
    ("- one\n- two", "one. Two"),
    ("> quoted", "quoted"),
    ('see [the docs](https://example.com/a_b "t")!', "see the docs!"),
    ("go to https://example.com/a?b=1.", "go to example.com/a b 1."),
    ("mail <mailto:a@example.com> now", "mail a@example.com now"),
    ("<b>bold</b> 1 < 2 &amp; a <b and c> d", "bold 1 < 2 & a <b and c> d"),
    ("a List<String>, a Map<String, int>.", "a List String, a Map String, int."),
    ("Hello<b>World</b>, one<br>two, a<x>y</x>", "Hello World , one two, a y"),
    ("snake_case [[h@l]]", "snake case h@l"),
    ("one\n\ntwo!\n\nthree", "one. Two! Three"),
    ("wow!!!!!! ------ so.....", "wow! so..."),
    ("5*3 costs $4.50 or € 7,20", "5 × 3 costs $4.50 or € 7,20"),
    ("it’s 20°C, 20℃ and 3 ㎏", "it's 20°C, 20°C and 3 kg"),
    ("~50 people ~ and ~/home", "≈50 people and /home"),
    ("می\u200cخواهم، नमस्ते। 你好。", "می\u200cخواهم، नमस्ते। 你好。"),
]
SENTENCES = st.text(
    alphabet=st.sampled_from(list("abé ñ1 ,.;:!?—。，؟।你好नि\u0301 \n")), max_size=900
)


@pytest.mark.parametrize(("text", "spoken"), CLEANED)
def test_only_what_a_reader_would_say_is_left(text: str, spoken: str) -> None:
    assert clean(text) == spoken


@given(st.text(max_size=300))
def test_cleaned_text_holds_nothing_that_cannot_be_read(text: str) -> None:
    cleaned = clean(text)

    assert cleaned == " ".join(cleaned.split())
    kinds = {unicodedata.category(character) for character in cleaned}
    assert not kinds & {"Cc", "Cs", "Co", "Cn", "Sk"}
    assert clean(cleaned + " The end.").endswith("The end.")


@given(st.text(alphabet=st.characters(categories=["Ll", "Lu", "Nd"]), min_size=1, max_size=40))
def test_letters_and_digits_are_never_lost(word: str) -> None:
    assert clean(word) == unicodedata.normalize("NFC", word)


@pytest.mark.parametrize("text", ["a", "7", "你", "… ok", "é", "`x`"])
def test_a_letter_or_a_digit_can_be_spoken(text: str) -> None:
    assert speakable(text)


@pytest.mark.parametrize("text", ["", " ", "…", "?!", "🎉", "---", "\x00", "**", "[](https://x.y)"])
def test_marks_alone_cannot_be_spoken(text: str) -> None:
    assert not speakable(text)


@given(SENTENCES)
def test_pieces_hold_every_character_in_order(text: str) -> None:
    found = pieces(text)

    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(found)
    assert all(len(piece) <= PIECE_MAX for piece in found)
    assert not found or len(found[0]) <= FIRST_PIECE_MAX


@given(st.lists(st.text(alphabet="abcdefg", min_size=1, max_size=12), min_size=1))
def test_pieces_keep_words_whole(words: list[str]) -> None:
    assert " ".join(pieces(" ".join(words))).split() == words


def test_a_list_in_small_letters_is_cut_between_its_items() -> None:
    items = "serve it warm. preheat the oven. mix the flour. let it rest for an hour. "

    assert all(piece.endswith(".") for piece in pieces(items * 4))


def test_the_first_piece_is_a_clause_and_the_next_ones_grow() -> None:
    text = "When the sun came up, the boats were out. " + "The gulls followed them slowly. " * 30

    found = pieces(text)

    assert found[0] == "When the sun came up,"
    assert found[1].startswith("the boats were out.")
    assert all(piece.endswith(".") for piece in found[1:])
    assert len(found[1]) <= 2 * FIRST_PIECE_MAX
    assert max(map(len, found)) > PIECE_MAX - 40


def test_a_short_sentence_is_not_cut() -> None:
    assert pieces("Hello, dear world. How are you?") == ["Hello, dear world. How are you?"]


@pytest.mark.parametrize(
    "text",
    [
        "We met with our dear old friend Dr. Smith in town. It was a very long and warm evening.",
        "The very old house of J. R. Brown is for sale now. Nobody has wanted to buy it so far.",
        "It costs exactly 1,234.56 in the big old city. The price is high, but they still pay it.",
    ],
)
def test_a_point_inside_a_sentence_does_not_end_it(text: str) -> None:
    first, *_ = pieces(text)

    assert first.endswith(("town.", "now.", "city."))


@pytest.mark.parametrize(
    ("text", "mark"),
    [("今天天气很好我们一起去公园。" * 20, "。"), ("यह एक बहुत अच्छा दिन है। " * 20, "।")],
)
def test_sentences_of_other_scripts_end_at_their_own_marks(text: str, mark: str) -> None:
    assert all(piece.endswith(mark) for piece in pieces(text))


def test_a_word_without_end_is_cut_between_letters() -> None:
    letter = "नि"  # a letter and the vowel sign that belongs to it

    found = pieces(letter * 400)

    assert "".join(found) == letter * 400
    assert all(piece.startswith("न") for piece in found)


@pytest.mark.parametrize(
    "unit",
    ["*", "[", "<a", "<!--", "![a](", "> ", "- ", "http://", ". ", "a.", "\n \n", "<a b=", "#"],
)
def test_hostile_text_takes_no_time(unit: str) -> None:
    text = (unit * 4096)[:4096]
    started = time.process_time()

    pieces(clean(text))

    assert time.process_time() - started < 0.5
