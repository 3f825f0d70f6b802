"""Thousands of broken media files, decoded or sent to a server: nothing may crash, hang or leak.

    python -m tests.media.fuzz --count 2000 --seed 1
    python -m tests.media.fuzz --count 200 --http http://127.0.0.1:8000/api/v1 --key ap_…

Case N of a seed is the same file on every machine with the same ffmpeg program: `--first N
--count 1 --keep broken` writes it to a file.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from audio.codecs.decode import DecodeError, DecodeLimits, DecodeReason, decode
from audio.codecs.decoder_process import decoder_process
from tests.media import formats
from tests.media.mutate import mutated

SEED_SECONDS = 0.6
"""Of the files that are damaged: short, as a mutant may be transcribed."""
LIMITS = DecodeLimits(max_seconds=600, cpu_seconds=10, wall_seconds=20)
SLOW_SECONDS = 25.0
"""What no case may reach: the decoder ends a file's life before that."""
HTTP_SECONDS = 60.0
SETTLING_SECONDS = 5.0
GROWTH_MIB = 24.0
"""The most that a process may grow over a run: nothing that grows with the cases."""
WARM_UP = 20
"""Cases before the memory is first looked at."""

Ask = Callable[[bytes], str]
"""What came of a file, in a word. Raises AssertionError for what may never come of one."""


@dataclass(frozen=True)
class Case:
    number: int
    name: str
    """Of the format that was damaged."""
    content: bytes


@dataclass
class Outcome:
    """What came of a run."""

    words: Counter[str] = field(default_factory=Counter)
    by_format: dict[str, Counter[str]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    slowest: Case | None = None

    def note(self, case: Case, word: str, seconds: float) -> None:
        if seconds > max(self.seconds, default=0):
            self.slowest = case
        self.seconds.append(seconds)
        self.words[word] += 1
        self.by_format.setdefault(case.name, Counter())[word] += 1

    def report(self) -> str:
        ordered = sorted(self.seconds)
        words = ", ".join(f"{word} {count}" for word, count in self.words.most_common())
        slowest = f"case {self.slowest.number}, {self.slowest.name}" if self.slowest else "none"
        return (
            f"{len(ordered)} cases: {words}\n"
            f"seconds: median {ordered[len(ordered) // 2]:.3f},"
            f" p99 {ordered[int(len(ordered) * 0.99)]:.3f}, longest {ordered[-1]:.3f} ({slowest})"
        )


def seeds(folder: Path) -> dict[str, bytes]:
    """A short whole file of every format that there is."""
    whole: dict[str, bytes] = {}
    for name in formats.AUDIO:
        whole[name] = formats.tone(name, folder / "seed", seconds=SEED_SECONDS).read_bytes()
    for name in formats.FILMS:
        whole[f"film {name}"] = formats.film(name, folder / "seed").read_bytes()
    return whole


def cases(whole: dict[str, bytes], *, seed: int, numbers: Iterable[int]) -> Iterator[Case]:
    """Every format in its turn."""
    names, contents = list(whole), list(whole.values())
    for number in numbers:
        name = names[number % len(names)]
        dice = random.Random(f"{seed}:{number}")
        yield Case(number, name, mutated(whole[name], contents, dice))


def decoding(folder: Path) -> Ask:
    """Ask the decoder's process, past all of Django."""

    def ask(content: bytes) -> str:
        source, output = folder / "mutant", folder / "mutant.pcm"
        source.write_bytes(content)
        reason = _reason_to_refuse(source, output)
        assert reason is not DecodeReason.UNAVAILABLE, "the decoder was lost"
        assert output.exists() == (reason is None), "only a file that is decoded has an output"
        output.unlink(missing_ok=True)
        return reason.value if reason else "decoded"

    return ask


def _reason_to_refuse(source: Path, output: Path) -> DecodeReason | None:
    try:
        audio = decode(source, output, limits=LIMITS)
    except DecodeError as error:
        return error.reason
    assert 0.1 <= audio.seconds <= LIMITS.max_seconds
    return None


def uploading(client: httpx.Client) -> Ask:
    """Ask a server, as a client does. client: has the base URL of the API, and a key."""

    def ask(content: bytes) -> str:
        answer = client.post(
            "/audio/transcriptions",
            data={"model": "whisper-1", "language": "en"},
            files={"file": ("upload", content)},
            timeout=HTTP_SECONDS,
        )
        assert answer.status_code in {200, 400}, f"{answer.status_code}: {answer.text}"
        if answer.status_code == 200:
            assert isinstance(answer.json()["text"], str)
            return "transcribed"
        error = answer.json()["error"]
        assert set(error) == {"message", "type", "param", "code"}, error
        assert (error["type"], error["param"]) == ("invalid_request_error", "file"), error
        return str(error["message"]).split(".", maxsplit=1)[0]

    return ask


def run(every: Iterable[Case], ask: Ask, *, patience: float = SLOW_SECONDS) -> Outcome:
    """Ask about each. Raises AssertionError, which names the case, at the first offence."""
    outcome = Outcome()
    for case in every:
        began = time.perf_counter()
        try:
            word = ask(case.content)
            seconds = time.perf_counter() - began
            assert seconds < patience, f"it took {seconds:.1f} s"
        except (AssertionError, httpx.HTTPError) as error:
            raise AssertionError(f"case {case.number} ({case.name}): {error!r}") from error
        outcome.note(case, word, seconds)
    return outcome


@dataclass(frozen=True)
class Footprint:
    """What a process holds."""

    mib: float
    descriptors: int
    children: int

    @classmethod
    def of(cls, pid: int) -> Footprint:
        process = psutil.Process(pid)
        mib = process.memory_info().rss / 1024**2
        return cls(mib, process.num_fds(), len(process.children()))

    def assert_no_more_than(self, before: Footprint, *, growth_mib: float = GROWTH_MIB) -> None:
        assert self.mib - before.mib < growth_mib, f"it grew: {before} -> {self}"
        assert self.descriptors <= before.descriptors, f"open descriptors: {before} -> {self}"
        assert self.children <= before.children, f"child processes: {before} -> {self}"


def run_in_decoder(
    whole: dict[str, bytes], folder: Path, *, seed: int, count: int, first: int = 0
) -> tuple[Outcome, list[str]]:
    """Decode `count` mutants and see that nothing leaked; also what was held before and after."""
    ask = decoding(folder)
    run(cases(whole, seed=seed, numbers=range(first, first + WARM_UP)), ask)
    held = [Footprint.of(pid) for pid in _pids()]
    outcome = run(cases(whole, seed=seed, numbers=range(first, first + count)), ask)
    told = []
    for pid, before in zip(_pids(), held, strict=True):
        now = _settled(pid, before)
        told.append(f"process {pid}: {before} -> {now}")
        now.assert_no_more_than(before)
    return outcome, told


def _settled(pid: int, before: Footprint) -> Footprint:
    """What a process holds, once it has had the time to close what its last child has left."""
    deadline = time.monotonic() + SETTLING_SECONDS
    while (now := Footprint.of(pid)).descriptors > before.descriptors:
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return now


def _pids() -> tuple[int, int]:
    """This process and the one that forks decoders, once its last child is gone."""
    assert decoder_process.pid is not None, "the decoder's process is gone"
    psutil.wait_procs(psutil.Process(decoder_process.pid).children(), timeout=5)
    return os.getpid(), decoder_process.pid


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.media.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    parser.add_argument("--http", help="the base URL of an API, instead of the decoder alone")
    parser.add_argument("--key", default="", help="an API key for it")
    parser.add_argument("--keep", type=Path, help="a folder to write the files to")
    parser.add_argument("--by-format", action="store_true", help="say more of what came of them")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="audiopod-fuzz-") as scratch:
        folder = Path(scratch)
        whole = seeds(folder)
        numbers = range(told.first, told.first + told.count)
        if told.keep:
            told.keep.mkdir(parents=True, exist_ok=True)
            for case in cases(whole, seed=told.seed, numbers=numbers):
                (told.keep / f"{case.number:05}").write_bytes(case.content)
        lines: list[str] = []
        if told.http:
            headers = {"Authorization": f"Bearer {told.key}"}
            with httpx.Client(base_url=told.http, headers=headers) as client:
                mutants = cases(whole, seed=told.seed, numbers=numbers)
                outcome = run(mutants, uploading(client), patience=HTTP_SECONDS)
        else:
            outcome, lines = run_in_decoder(
                whole, folder, seed=told.seed, count=told.count, first=told.first
            )
    print(outcome.report(), *lines, sep="\n")
    if told.by_format:
        for name, words in sorted(outcome.by_format.items()):
            print(f"  {name:24}", ", ".join(f"{word} {count}" for word, count in words.items()))


if __name__ == "__main__":
    main()
