"""The engines, loaded and listened to, as a worker does when it starts."""

from __future__ import annotations

from collections.abc import Iterator

from audio.engines.selftest import self_test
from audio_api.process.doctor.finding import Finding, Verdict


def look() -> Iterator[Finding]:
    for test in self_test():
        yield Finding(
            topic="trial of the engines",
            about=test.engine,
            says=f"{test.detail} ({test.seconds:.1f} s)",
            verdict=Verdict.FINE if test.ok else Verdict.BROKEN,
        )
