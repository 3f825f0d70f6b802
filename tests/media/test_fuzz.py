"""A hundred broken files for the decoder, and whether the fuzzer itself can be trusted.

Two thousand take a minute: `python -m tests.media.fuzz --count 2000`.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from audio.codecs.decoder_process import decoder_process
from tests.media import fuzz
from tests.media.mutate import MAX_BYTES, mutated

COUNT = 100


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return fuzz.seeds(tmp_path_factory.mktemp("seeds"))


@pytest.mark.thorough
def test_a_hundred_broken_files_neither_crash_nor_hang_nor_leak(
    whole: dict[str, bytes], tmp_path: Path
):
    try:
        outcome, held = fuzz.run_in_decoder(whole, tmp_path, seed=1, count=COUNT)
    finally:
        decoder_process.stop()

    print(outcome.report(), *held, sep="\n")
    assert sum(outcome.words.values()) == COUNT
    # damage that nothing survives, or that does no harm, would find nothing
    assert outcome.words["decoded"] > COUNT / 10
    assert outcome.words["corrupt"] > COUNT / 10
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".pcm"]


@pytest.mark.thorough
def test_the_same_numbers_make_the_same_file(whole: dict[str, bytes]):
    once = [case.content for case in fuzz.cases(whole, seed=1, numbers=range(30))]
    again = [case.content for case in fuzz.cases(whole, seed=1, numbers=range(30))]
    other = [case.content for case in fuzz.cases(whole, seed=2, numbers=range(30))]

    assert once == again
    assert sum(one != two for one, two in zip(once, other, strict=True)) > 25


def test_damage_is_done_and_bounded():
    dice = random.Random(1)
    files = [dice.randbytes(200_000), b"", b"x"]

    mutants = [mutated(files[n % 3], files, dice) for n in range(600)]

    assert max(map(len, mutants)) <= MAX_BYTES
    assert sum(mutant != files[n % 3] for n, mutant in enumerate(mutants) if n % 3 == 0) > 150


def test_an_offence_names_its_case():
    case = fuzz.Case(7, "mp3", b"")

    def crashes(content: bytes) -> str:
        raise AssertionError("the decoder was lost")

    def hangs(content: bytes) -> str:
        time.sleep(0.05)
        return "decoded"

    with pytest.raises(AssertionError, match=r"case 7 \(mp3\).*the decoder was lost"):
        fuzz.run([case], crashes)
    with pytest.raises(AssertionError, match=r"case 7 \(mp3\).*it took 0\.\d s"):
        fuzz.run([case], hangs, patience=0.01)


def test_a_leak_is_seen():
    before = fuzz.Footprint(mib=50.0, descriptors=7, children=0)

    fuzz.Footprint(mib=51.0, descriptors=7, children=0).assert_no_more_than(before)
    for now in (
        fuzz.Footprint(mib=50.0 + fuzz.GROWTH_MIB, descriptors=7, children=0),
        fuzz.Footprint(mib=50.0, descriptors=8, children=0),
        fuzz.Footprint(mib=50.0, descriptors=7, children=1),
    ):
        with pytest.raises(AssertionError):
            now.assert_no_more_than(before)
