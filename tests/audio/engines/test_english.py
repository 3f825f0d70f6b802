"""What is written short in English, written out."""

from __future__ import annotations

import time

import pytest

from audio.engines.speech.english import written_out
from audio.engines.speech.text import clean

SPOKEN = [
    ("It costs $4.50.", "It costs 4 dollars and 50 cents."),
    ("$1, £1.01, 100$", "1 dollar, 1 pound and 1 penny, 100 dollars"),
    ("€0.05, $0.5, $0.01", "5 cents, 0.5 dollars, 1 cent"),
    ("$1.5M, £2bn", "1.5 million dollars, 2 billion pounds"),
    ("$3 million, €20k", "3 million dollars, 20 thousand euros"),
    ("US$1,234,567.00 and $AAPL", "US 1,234,567 dollars and $AAPL"),
    ("$0.0125 (€7)", "0.0125 dollars ( 7 euros)"),
    ("on 2024-03-05, 12/31/1999", "on March 5, 2024, December 31, 1999"),
    ("2024-13-05 1234-56-78 1/2/3 555-2024-03-05", "2024-13-05 1234-56-78 1/2/3 555-2024-03-05"),
    ("World War II, Henry VIII, AC III. I II", "World War two, Henry eight, AC III. I II"),
    ("cats vs. dogs, approx. 6 ft. high", "cats versus dogs, approximately 6 feet high"),
    ("St. Mary on Main St. near", "Saint Mary on Main Street near"),
    ("Martin Luther King Jr. at 90 km/h", "Martin Luther King Junior at 90 kilometers per hour"),
    ("a soft versus lift 5ft", "a soft versus lift 5 feet"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "spoken"), SPOKEN)
def test_it_is_said_as_a_reader_would(text: str, spoken: str) -> None:
    assert " ".join(written_out(clean(text), day_first=False).split()) == spoken


def test_the_british_write_the_day_first() -> None:
    assert written_out("03/04/2024", day_first=True) == "April 3, 2024"
    assert written_out("03/04/2024", day_first=False) == "March 4, 2024"
    assert written_out("31/12/2024", day_first=False) == "December 31, 2024"


@pytest.mark.parametrize("unit", ["1", "1,000", "1.", "$1", "1/", "2024-03-", "II ", "St. ", "1 $"])
def test_hostile_text_takes_no_time(unit: str) -> None:
    text = (unit * 4096)[:4096]
    started = time.process_time()

    written_out(text, day_first=False)

    assert time.process_time() - started < 0.5
