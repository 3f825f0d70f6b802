"""How much memory the processes of a server hold, second by second."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import psutil

_MIB_PER_KIB = 1 / 1024


@dataclass(frozen=True)
class Held:
    """MiB. resident: all of it; own: without the pages of files, which the kernel takes back when
    it wants them."""

    second: float
    resident: float
    own: float


@dataclass
class Curve:
    """Of one process and its children together."""

    points: list[Held] = field(default_factory=list)

    @property
    def peak(self) -> Held:
        return max(self.points, key=lambda held: held.own)

    def after(self, share: float) -> Curve:
        """The points of the last `1 - share` of the time."""
        last = self.points[-1].second
        return Curve([held for held in self.points if held.second >= share * last])

    def sampled(self, count: int) -> list[Held]:
        """Points at equal distances: of each stretch the one with the most."""
        bounds = [round(n * len(self.points) / count) for n in range(count + 1)]
        stretches = (self.points[a:b] for a, b in pairwise(bounds))
        return [max(stretch, key=lambda held: held.own) for stretch in stretches if stretch]


@contextmanager
def watched(pids: Mapping[str, int], *, every_seconds: float = 1.0) -> Iterator[dict[str, Curve]]:
    """Curves by the names in `pids`, which grow until the block is left."""
    curves = {name: Curve() for name in pids}
    over = threading.Event()
    began = time.monotonic()

    def look() -> None:
        while True:
            for name, pid in pids.items():
                curves[name].points.append(_held(pid, time.monotonic() - began))
            if over.wait(every_seconds):
                return

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield curves
    finally:
        over.set()
        thread.join()


def table(curves: Mapping[str, Curve], *, rows: int = 20) -> str:
    """The curves as markdown, side by side."""
    lines = ["| second | " + " | ".join(f"{name}: own, resident" for name in curves) + " |"]
    lines.append("|---" * (len(curves) + 1) + "|")
    sampled: Sequence[list[Held]] = [curve.sampled(rows) for curve in curves.values()]
    for moment in zip(*sampled, strict=False):
        cells = [f"{held.own:.0f}, {held.resident:.0f} MiB" for held in moment]
        lines.append(f"| {moment[0].second:.0f} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _held(pid: int, second: float) -> Held:
    own = resident = 0.0
    try:
        family = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.NoSuchProcess:
        family = []
    for member in family:
        status = _status(member)
        own += status.get("RssAnon", 0) * _MIB_PER_KIB
        resident += status.get("VmRSS", 0) * _MIB_PER_KIB
    return Held(second, resident, own)


def _status(pid: int) -> dict[str, int]:
    """The figures of `/proc/PID/status` that are in kB; none for a process that is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return {}
    rows = (line.split() for line in text.splitlines() if line.endswith("kB"))
    return {row[0].rstrip(":"): int(row[1]) for row in rows}
