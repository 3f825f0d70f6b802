"""How many sentences are read as a careful reader reads them, and how long that takes:
`python -m bench.spoken`."""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict

from audio.engines.speech.reading import in_words
from audio.engines.speech.text import clean
from tests.harness.spoken import SpokenCase, is_judged, is_right, read, spoken_cases

HOSTILE = (
    *("1", "1,000", "1.", "1/", "1-", "$1", "1:00 ", "2024-03-", "II ", "St. ", "X", "a.", "1st "),
    *(
        "1.5 ",
        "http://a.b/",
        "555-",
        "°C 5",
        "½",
        "+1 ",
        "I",
        "1e5",
        "«1»",
        "Mr",
        "1 000 ",
        "e.g. ",
    ),
)
"""Said over and over: what grammars have many choices for."""
HOSTILE_CHARACTERS = 4096


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.spoken", description=__doc__)
    parser.add_argument("--wrong", action="store_true", help="show what is read wrong")
    parser.add_argument("--language", help="only this one")
    arguments = parser.parse_args()
    cases: dict[str, list[SpokenCase]] = defaultdict(list)
    for case in spoken_cases():
        if arguments.language in {None, case.language} and is_judged(case.language):
            cases[case.language].append(case)
    right: Counter[str] = Counter()
    for case in (case for group in cases.values() for case in group):
        if is_right(case):
            right[case.language] += 1
        elif arguments.wrong:
            print(f"{case.language} {case.text!r}\n  {read(case)!r}\n  {case.said[0]!r}")
    print("language  right     ms, median and 95 of 100     ms, worst of hostile text")
    for language, group in cases.items():
        times = sorted(_milliseconds(case.text, language) for case in group)
        middle, most = times[len(times) // 2], times[len(times) * 95 // 100]
        hostile, unit = max(
            (_milliseconds((unit * HOSTILE_CHARACTERS)[:HOSTILE_CHARACTERS], language), unit)
            for unit in HOSTILE
        )
        print(
            f"{language:8} {right[language]:4} of {len(group):3} {middle:10.1f} {most:6.1f}"
            f" {hostile:20.0f} ({unit!r})"
        )


def _milliseconds(text: str, language: str) -> float:
    started = time.process_time()
    in_words(clean(text), language)
    return (time.process_time() - started) * 1000


if __name__ == "__main__":
    main()
