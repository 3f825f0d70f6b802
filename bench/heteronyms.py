"""How many English words of several sounds are read as they are meant, and what that takes:
`python -m bench.heteronyms`.

Each sentence of `heteronyms.toml` is put into phonemes as Kokoro gets them, by espeak-ng alone and
with what `requirements-en.txt` installs, in American and in British English.
"""

# ruff: noqa: RUF001 - marks of phonetics, meant as they are
from __future__ import annotations

import argparse
import re
import resource
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from unittest.mock import patch

from audio.engines.speech import heteronyms
from audio.engines.speech.phonemes import phonemes

TEXTS = Path(__file__).with_name("heteronyms.toml")
ACCENTS = ("en-us", "en-gb")
HOSTILE = (
    *("read ", "read", "I read. ", "don't read ", "wind-", "’s ", "\n", "é", "READ!", "used to "),
    *("lead pipe ", ". ", "/ɹɛd/ ", "present, ", "a", "n't"),
)
"""Said over and over."""
HOSTILE_CHARACTERS = 4096


@dataclass(frozen=True)
class Sentence:
    word: str
    meant: str
    text: str


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.heteronyms", description=__doc__)
    parser.add_argument("--wrong", action="store_true", help="show what is read wrong")
    shows_wrong: bool = parser.parse_args().wrong
    data = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    phonemes("Load it.", "en-us")
    before = _peak_megabytes()
    print("sentences   of   accent   espeak-ng alone   with the tagger   ms before   ms with")
    for name in ("developed", "held_out"):
        sentences = [Sentence(*each) for each in data[name]["sentences"]]
        for accent in ACCENTS:
            with _alone():
                alone, alone_ms = _score(sentences, data["sounds"], accent)
            told, told_ms = _score(sentences, data["sounds"], accent)
            print(
                f"{name:9} {len(sentences):4}   {accent}   {len(sentences) - len(alone):15}"
                f" {len(sentences) - len(told):17} {alone_ms:11.2f} {told_ms:9.2f}"
            )
            for each, said in told if shows_wrong else ():
                print(f"    {each.word} ({each.meant}): {each.text} {said}")
    print(f"memory: {_peak_megabytes() - before:.0f} MB more at the peak")
    print(f"hostile text: {max(map(_hostile_ms, HOSTILE)):.0f} ms at most")


@contextmanager
def _alone() -> Iterator[None]:
    with patch.object(heteronyms, "is_active", return_value=False):
        yield


def _score(
    sentences: list[Sentence], sounds: dict[str, dict[str, str]], accent: str
) -> tuple[list[tuple[Sentence, str]], float]:
    """What is read wrong, with its phonemes; and the median of milliseconds."""
    wrong, times = [], []
    for each in sentences:
        started = time.perf_counter()
        said = phonemes(each.text, accent)
        times.append(1000 * (time.perf_counter() - started))
        if not is_right(said, sounds[each.word], each.meant):
            wrong.append((each, said))
    return wrong, median(times)


def is_right(said: str, sounds: dict[str, str], meant: str) -> bool:
    """Whether phonemes have the sound that is meant and no other one of the word. Where its place
    in the sentence takes the stress from a word of one syllable, that is no error."""
    plain = said.replace("ˌ", "ˈ")
    found = {name for name, sound in sounds.items() if _has(plain, sound.replace("ˌ", "ˈ"))}
    return found == {meant}


def _has(said: str, sound: str) -> bool:
    return bool(re.search(sound, said) or re.search(rf"\b{sound}", said.replace("ˈ", "")))


def _hostile_ms(unit: str) -> float:
    started = time.perf_counter()
    heteronyms.respelt((unit * HOSTILE_CHARACTERS)[:HOSTILE_CHARACTERS])
    return 1000 * (time.perf_counter() - started)


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
