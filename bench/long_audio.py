"""An hour of speech through the real server: is its memory flat, and is every word in its place?

`python -m bench.long_audio [--minutes 60] [--grown-up]` prints the curve of memory and exits with
1 where something is not as it should be.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import srt

from bench.lecture import Lecture, lecture, numbers_said
from bench.memory import Curve, table, watched
from tests.harness.account import Account
from tests.harness.audio import FFMPEG
from tests.harness.postgres import postgres
from tests.harness.programs import ROOT
from tests.harness.server import Server, installation

GROWTH_MIB = 500.0
"""The most that the memory of a server's own may grow beyond a short request, however long the
recording: the features of one block, the detector's stretch, and what Whisper keeps."""
LATE_GROWTH_MIB = 150.0
"""The most that the peak of the second half may lie above that of the first."""
LATE_SECONDS = 3.0
"""How far a cue may begin from the moment at which its words are said."""
SILENT_END_SECONDS = 10.0
"""The most that the last cue may end before the recording, which ends in a pause."""
MARKS_FOUND = 0.9
"""The share of the numbered parts that have to be heard as what they are."""
MAX_UPLOAD_BYTES = 25 * 1024 * 1024
_ANSWER_SECONDS = 4 * 3600


@dataclass(frozen=True)
class Heard:
    """What the server made of a lecture."""

    cues: list[srt.Subtitle]
    seconds: float
    curves: dict[str, Curve]
    before: dict[str, Curve]
    """While it transcribed a short recording."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.long_audio", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--grown-up", action="store_true", help="with PostgreSQL and Redis")
    told = parser.parse_args()
    models_dir = Path(os.environ.get("MODELS_DIR") or ROOT / "var" / "models")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="audiopod-bench-")))
        spoken = lecture(models_dir, seconds=60 * told.minutes)
        cluster = stack.enter_context(postgres()) if told.grown_up else None
        server = stack.enter_context(
            installation(folder / "server", models_dir=models_dir, postgres=cluster)
        )
        heard = transcribed(server, server.account(), spoken, folder)
    faults = list(faults_of(heard, spoken))
    print(report(heard, spoken), *faults, sep="\n")
    sys.exit(1 if faults else 0)


def transcribed(server: Server, account: Account, spoken: Lecture, folder: Path) -> Heard:
    """Upload it as Opus, as subtitles, and watch the server's processes meanwhile."""
    pids = {"web": server.web.pid} | ({"worker": server.worker.pid} if server.worker else {})
    short = Lecture(spoken.samples[: 20 * spoken.rate], spoken.rate, {})
    with account.http() as client:
        with watched(pids, every_seconds=0.1) as before:
            _subtitles(client, compressed(short, folder))
        upload = compressed(spoken, folder)
        with watched(pids, every_seconds=0.5) as curves:
            began = time.perf_counter()
            text = _subtitles(client, upload)
            seconds = time.perf_counter() - began
    return Heard(list(srt.parse(text)), seconds, curves, before)


def compressed(spoken: Lecture, folder: Path) -> Path:
    """An Ogg Opus file at the bit rate of a voice message."""
    pcm, output = folder / "lecture.pcm", folder / "lecture.opus"
    spoken.samples.tofile(pcm)
    given = ["-f", "s16le", "-ar", str(spoken.rate), "-ac", "1", "-i", str(pcm)]
    wanted = ["-c:a", "libopus", "-b:a", "24k", "-application", "voip", str(output)]
    subprocess.run([FFMPEG, "-v", "error", "-y", *given, *wanted], check=True)
    pcm.unlink()
    assert output.stat().st_size < MAX_UPLOAD_BYTES, "the upload is too large: ask for less"
    return output


def _subtitles(client: httpx.Client, upload: Path) -> str:
    with upload.open("rb") as file:
        answer = client.post(
            "/audio/transcriptions",
            data={
                "model": "whisper-1",
                "language": "en",
                "response_format": "srt",
                # a part's number is to stand in one cue
                "timestamp_granularities[]": "segment",
            },
            files={"file": ("lecture.opus", file)},
            timeout=_ANSWER_SECONDS,
        )
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer.text


def faults_of(heard: Heard, spoken: Lecture) -> Iterator[str]:
    """Sentences that say what is wrong; none when all is well."""
    yield from _faults_of_cues(heard.cues, spoken)
    for name, curve in heard.curves.items():
        grown = curve.peak.own - heard.before[name].peak.own
        if grown > GROWTH_MIB:
            yield f"The {name} process grew by {grown:.0f} MiB, {GROWTH_MIB:.0f} are allowed."
        half = curve.points[-1].second / 2
        early = Curve([held for held in curve.points if held.second <= half])
        late = curve.after(0.5).peak.own - early.peak.own
        if late > LATE_GROWTH_MIB:
            yield f"The {name} process still grew in the second half: {late:.0f} MiB."


def _faults_of_cues(cues: list[srt.Subtitle], spoken: Lecture) -> Iterator[str]:
    if [cue.index for cue in cues] != list(range(1, len(cues) + 1)):
        yield "The cues are not numbered from 1 on."
    moments = [moment.total_seconds() for cue in cues for moment in (cue.start, cue.end)]
    if moments != sorted(moments):
        yield "The cues are not in order."
    if not cues or not spoken.seconds - SILENT_END_SECONDS < moments[-1] <= spoken.seconds + 0.1:
        yield f"The last cue ends at {moments[-1] if cues else 0:.0f} s of {spoken.seconds:.0f} s."
    said = marks_heard(cues, spoken)
    if len(said) < MARKS_FOUND * len(spoken.marks):
        yield f"Of {len(spoken.marks)} parts {len(said)} were heard where they are said."


def marks_heard(cues: list[srt.Subtitle], spoken: Lecture) -> dict[int, float]:
    """Part number -> when the transcript says it, of those that it says at their time.

    A number may be misheard, as thirteen for thirty: it then stands in another's place.
    """
    found: dict[int, float] = {}
    for cue in cues:
        start, length = cue.start.total_seconds(), (cue.end - cue.start).total_seconds()
        place = max(0, cue.content.lower().find("number")) / max(1, len(cue.content))
        for number in numbers_said(cue.content):
            second = start + place * length
            if abs(second - spoken.marks.get(number, -LATE_SECONDS * 9)) <= LATE_SECONDS:
                found[number] = second
    return found


def report(heard: Heard, spoken: Lecture) -> str:
    base = ", ".join(f"{name} {curve.peak.own:.0f} MiB" for name, curve in heard.before.items())
    peaks = ", ".join(f"{name} {curve.peak.own:.0f} MiB" for name, curve in heard.curves.items())
    said = marks_heard(heard.cues, spoken)
    return "\n".join(
        [
            f"{spoken.seconds / 60:.1f} minutes of speech in {heard.seconds:.0f} s"
            f" ({spoken.seconds / heard.seconds:.1f} times as fast as it was said)",
            f"{len(heard.cues)} cues; of {len(spoken.marks)} numbered parts {len(said)} are heard"
            " at their time",
            f"peak of memory of its own: {peaks}; with a recording of 20 s: {base}",
            "",
            table(heard.curves),
        ]
    )


if __name__ == "__main__":
    main()
