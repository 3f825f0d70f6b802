"""What was measured, as markdown tables of medians."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bench.bare import Answer
from bench.served import Timing

TOTAL_AIM = 1.10
"""The most that a served request should take, as a multiple of the bare engine."""
FIRST_BYTE_AIM_SECONDS = 0.030
"""The most that the first byte should come later than the bare engine's first chunk."""

T = TypeVar("T")


@dataclass(frozen=True)
class Measured:
    """The runs of one question: asked of the bare engine, and of each mode of the server."""

    bare: list[Answer]
    served: dict[str, list[Timing]]


def speech_report(runs: Measured) -> str:
    audio = median(runs.bare, lambda run: run["audio"])
    encoding = median(runs.bare, lambda run: run["encoding"])
    return "\n\n".join(
        [
            f"### Speech: {audio:.1f} s of audio, Kokoro, voice nova, to mp3",
            _totals(runs),
            _first_bytes(runs),
            "What the difference is made of (medians, from the moment the request is sent;"
            f" encoding the same audio to mp3 by itself takes {_ms(encoding)}, beside the engine):",
            _breakdown(runs, SPEECH_STEPS),
        ]
    )


def transcription_report(runs: Measured) -> str:
    audio = median(runs.bare, lambda run: run["audio"])
    return "\n\n".join(
        [
            f"### Transcription: {audio:.1f} s of audio, an mp3 upload, to json",
            _totals(runs),
            "What the difference is made of (medians, from the moment the request is sent;"
            " the bare engine is given decoded samples):",
            _breakdown(runs, TRANSCRIPTION_STEPS),
        ]
    )


def median(runs: Iterable[T], pick: Callable[[T], float]) -> float:
    return statistics.median(pick(run) for run in runs)


def _totals(runs: Measured) -> str:
    bare = [run["total"] for run in runs.bare]
    rows = [["bare engine", _ms(statistics.median(bare)), _spread(bare), "1.00", "1.00", ""]]
    for mode, timings in runs.served.items():
        totals = [run.total for run in timings]
        ratio = statistics.median(totals) / statistics.median(bare)
        # On a machine that does other work too, the fastest runs say more than the medians.
        fastest = min(totals) / min(bare)
        verdict = "met" if ratio <= TOTAL_AIM else "missed"
        row = [mode, _ms(statistics.median(totals)), _spread(totals)]
        rows.append([*row, f"{ratio:.2f}", f"{fastest:.2f}", verdict])
    aim = f"aim {TOTAL_AIM:.2f}"
    return table(["total", "median", "range", "ratio", "ratio of the fastest", aim], rows)


def _first_bytes(runs: Measured) -> str:
    bare = median(runs.bare, lambda run: run["first"])
    spread = _spread(run["first"] for run in runs.bare)
    rows = [["bare engine, first chunk", _ms(bare), spread, "", ""]]
    for mode, timings in runs.served.items():
        first = median(timings, lambda run: run.first_byte)
        verdict = "met" if first <= bare + FIRST_BYTE_AIM_SECONDS else "missed"
        spread = _spread(run.first_byte for run in timings)
        rows.append([mode, _ms(first), spread, f"{(first - bare) * 1000:+.0f} ms", verdict])
    aim = f"aim +{_ms(FIRST_BYTE_AIM_SECONDS)}"
    return table(["first byte", "median", "range", "difference", aim], rows)


Step = tuple[str, Callable[[Timing], float]]
SPEECH_STEPS: Sequence[Step] = (
    ("key, limits, validation, hold, job", lambda run: run.job_made),
    ("queue: until a worker has claimed it", lambda run: run.work_began - run.job_made),
    ("engine and encoder: until the first byte", lambda run: run.first_byte - run.work_began),
    ("until the last byte, settled on the way", lambda run: run.total - run.first_byte),
    ("sum: total", lambda run: run.total),
)
TRANSCRIPTION_STEPS: Sequence[Step] = (
    ("key, limits, upload, decoding, hold, job", lambda run: run.job_made),
    ("queue: until a worker has claimed it", lambda run: run.work_began - run.job_made),
    ("engine: until the job is settled", lambda run: run.settled - run.work_began),
    ("until the answer has arrived", lambda run: run.total - run.settled),
    ("sum: total", lambda run: run.total),
)


def _breakdown(runs: Measured, steps: Sequence[Step]) -> str:
    def rows() -> Iterator[list[str]]:
        for name, pick in steps:
            yield [name, *(_ms(median(timings, pick)) for timings in runs.served.values())]

    return table(["step", *runs.served], rows())


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def _spread(seconds: Iterable[float]) -> str:
    """Smallest to largest, so that a noisy machine shows."""
    values = list(seconds)
    return f"{min(values) * 1000:.0f}-{_ms(max(values))}"
