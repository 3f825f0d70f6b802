"""The machine: processors, memory, disk, clock."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from audio_api.process.doctor.finding import Finding, Verdict

TOPIC = "machine"
GROUP = Path("/sys/fs/cgroup")
"""Where Linux tells a container what it may use."""
MEMORY = Path("/proc/meminfo")
GIBIBYTE = 1024**3
PROCESS_BYTES = GIBIBYTE
"""What a process holds whose engines have all worked (bench/measured.md), and some room."""


def look() -> Iterator[Finding]:
    yield _processors()
    yield _memory()
    yield from _disks()
    yield Finding(
        topic=TOPIC,
        about="clock",
        says=f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
    )


def usable_processors() -> int:
    """Of the machine's, what this process may use at once: a container is often given fewer."""
    try:
        allowed = len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        allowed = os.cpu_count() or 1
    try:
        quota, period = (GROUP / "cpu.max").read_text().split()
        return allowed if quota == "max" else max(1, min(allowed, int(quota) // int(period)))
    except (OSError, ValueError):
        return allowed


def _processors() -> Finding:
    every, usable = os.cpu_count() or 1, usable_processors()
    says = f"{every}, and {usable} of them for this process"
    if usable >= settings.ENGINE_THREADS:
        return Finding(topic=TOPIC, about="processors", says=says)
    return Finding(
        topic=TOPIC,
        about="processors",
        says=f"{says}; ENGINE_THREADS is {settings.ENGINE_THREADS}, so that threads wait for them",
        verdict=Verdict.NOTE,
        remedy=f"Set ENGINE_THREADS={usable}.",
    )


def _memory() -> Finding:
    total, free = _bytes_of_memory()
    if total is None or free is None:
        return Finding(topic=TOPIC, about="memory", says="not told by this system")
    says = f"{total / GIBIBYTE:.1f} GiB, of which {free / GIBIBYTE:.1f} are free"
    says += "; a process that works takes up to one"
    if free >= PROCESS_BYTES:
        return Finding(topic=TOPIC, about="memory", says=says)
    remedy = "Stop what else runs here, or start fewer workers; a server that runs has its part."
    return Finding(topic=TOPIC, about="memory", says=says, verdict=Verdict.NOTE, remedy=remedy)


def _bytes_of_memory() -> tuple[int | None, int | None]:
    """All there is and what is free, of the machine or of the container, which has less."""
    try:
        lines = dict(line.split(":") for line in MEMORY.read_text().splitlines())
        total, free = (int(lines[name].split()[0]) * 1024 for name in ("MemTotal", "MemAvailable"))
    except (OSError, ValueError, KeyError):
        return None, None
    try:
        limit = int((GROUP / "memory.max").read_text())
        used = int((GROUP / "memory.current").read_text())
    except (OSError, ValueError):  # there is none: `max`
        return total, free
    return min(total, limit), min(free, max(limit - used, 0))


def _disks() -> Iterator[Finding]:
    """Where uploads lie while they come, and where the data is."""
    uploads = Path(settings.FILE_UPLOAD_TEMP_DIR or tempfile.gettempdir())
    yield _disk("disk of uploads", uploads, least=settings.MAX_UPLOAD_BYTES, variable="TMPDIR")
    yield _disk("disk of data", settings.DATA_DIR, least=GIBIBYTE, variable="DATA_DIR")


def _disk(about: str, folder: Path, *, least: int, variable: str) -> Finding:
    """least: bytes without which nothing goes; uploads at once may take MAX_SPOOLED_BYTES."""
    free = shutil.disk_usage(folder).free
    says = f"{free / GIBIBYTE:.1f} GiB are free in {folder}"
    if free < least or not os.access(folder, os.W_OK):
        says += "" if os.access(folder, os.W_OK) else ", where this user may not write"
        remedy = f"Make room, or set {variable} to another folder."
        verdict = Verdict.BROKEN
    elif free < settings.MAX_SPOOLED_BYTES:
        says += f"; uploads may take {settings.MAX_SPOOLED_BYTES / GIBIBYTE:.1f} at once"
        remedy, verdict = "Make room, or set MAX_SPOOLED_BYTES lower.", Verdict.NOTE
    else:
        return Finding(topic=TOPIC, about=about, says=says)
    return Finding(topic=TOPIC, about=about, says=says, verdict=verdict, remedy=remedy)
