# ruff: noqa: E501, RUF001 - lines and what becomes of them side by side, in phonetic letters, too
"""Which line breaks end a sentence."""

from __future__ import annotations

import time

import pytest

from audio.engines.speech.text import clean

ENDED = [
    ("1. Preheat the oven\n2. Mix the flour", "1. Preheat the oven. 2. Mix the flour"),
    ("(1) Mix\n(2) Bake", "1. Mix. 2. Bake"),
    ("a) Red\nb) Blue\nc) Green", "A. Red. B. Blue. C. Green"),
    ("- apples\n- pears\n* [x] done", "apples. Pears. Done"),
    ("Shopping list\nmilk\neggs\nbread", "Shopping list. Milk. Eggs. Bread"),
    ("To buy:\n2 eggs\n1 cup milk", "To buy: 2 eggs. 1 cup milk"),
    ("Things to buy at the market this afternoon\nmilk\neggs", "Things to buy at the market this afternoon. Milk. Eggs"),
    ("John Smith\n221B Baker Street\nLondon NW1 6XE", "John Smith. 221B Baker Street. London NW1 6XE"),
    ("Roses are red,\nViolets are blue\nSugar is sweet\nAnd so are you", "Roses are red, Violets are blue. Sugar is sweet. And so are you"),
    ("so much depends\nupon\na red wheel\nbarrow", "so much depends. Upon. A red wheel. Barrow"),
    ("Up 5%\nso \"good\"\nreally (yes)\nend", "Up 5%. So \"good\". Really (yes). End"),
    ("牛奶\n鸡蛋\n面包", "牛奶. 鸡蛋. 面包"),
    ("- a [tomato](/təˈmeɪtoʊ/)\n- [basil](/ˈbæzəl/)\n- salt", "a tomato. basil. Salt"),
    ("Salt\n/təˈmeɪtoʊ/\nOil", "Salt. /təˈmeɪtoʊ/. Oil"),
]  # fmt: skip
WRAPPED = [
    "The ferry leaves the island at seven, long before the\nbakery opens its green shutters and the"
    " fishermen have\nmended their nets",
    "Then we all went home to see if the\ncat was back and whether Anna or\nPeter had fed it.",
    "I would like to know whether the library is open on\nSunday or not.",
    "We went to the market on a sunny\nday and bought\nsome apples from the old man there.",
    "the quick brown fox jumps over\nthe lazy dog and runs into\nthe forest",
    "Wir fahren im Sommer mit dem Zug nach\nBerlin und besuchen dort unsere\nalten Freunde.",
    "In 2023 he was the age of\n12. Then he grew.",
    "今天天气很好我们一起去公园玩然后\n回家吃饭",
]


@pytest.mark.parametrize(("text", "spoken"), ENDED)
def test_a_line_that_is_no_prose_ends_as_a_sentence_does(text: str, spoken: str) -> None:
    assert clean(text) == spoken


@pytest.mark.parametrize("text", WRAPPED)
def test_wrapped_prose_goes_on(text: str) -> None:
    assert clean(text) == " ".join(text.split())


@pytest.mark.parametrize("text", WRAPPED[:6])
def test_words_with_their_phonemes_are_as_long_as_they_are_written(text: str) -> None:
    for number in range(len(text.split())):
        lines = [line.split(" ") for line in text.split("\n")]
        line, at = [(line, at) for line in lines for at in range(len(line))][number]
        line[at] = f"[{line[at]}](/ˌtʃɪkɪtəˈtʃɪkɪtə/)"
        marked = "\n".join(" ".join(line) for line in lines)
        assert clean(marked) == " ".join(text.split())


@pytest.mark.parametrize(
    "unit", ["1. a\n", "a\n", "a) \n", "\n", "ab cd ef\n", "1)", "[ ](/ə/)\n", "[😀](/ə/)\n"]
)
def test_hostile_lines_take_no_time(unit: str) -> None:
    text = (unit * 4096)[:4096]
    started = time.process_time()

    clean(text)

    assert time.process_time() - started < 0.5
