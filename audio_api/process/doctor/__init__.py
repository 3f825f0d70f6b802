"""What this machine runs, and why: for an operator who asks `manage.py doctor`.

Each module of this package looks at one part and yields findings. A look changes nothing, but for a
file that is put into the storage and taken out again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from audio_api.process.doctor import advice, database, engines, machine, outside, queue, trial
from audio_api.process.doctor.finding import Finding, Verdict

__all__ = ["Finding", "Verdict", "examined"]

Look = Callable[[], Iterator[Finding]]
LOOKS: tuple[tuple[str, Look], ...] = (
    ("machine", machine.look),
    ("engines", engines.look),
    ("database", database.look),
    ("queue", queue.look),
    ("outside", outside.look),
    ("settings", advice.look),
)


def examined(*, try_engines: bool) -> Iterator[Finding]:
    """Everything there is to tell, topic by topic; one that cannot be looked at does not hide the
    others. try_engines: load each engine and listen to what it says, which takes seconds."""
    looks: Sequence[tuple[str, Look]] = LOOKS
    if try_engines:
        looks = [*LOOKS, ("trial of the engines", trial.look)]
    for topic, look in looks:
        try:
            yield from look()
        except Exception as error:  # noqa: BLE001 - whatever it is, the operator is to know
            yield Finding(
                topic=topic,
                about="all of it",
                says=f"cannot be looked at: {type(error).__name__}",
                verdict=Verdict.BROKEN,
            )
