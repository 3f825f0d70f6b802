"""The recording of a detached job, on the machine of its worker."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from audio_api.jobs.attempt import Attempt, InputRefused
from audio_api.native.recordings import UPLOAD
from audiopod.common.links.configured import allow_list
from audiopod.common.links.fetch import fetch
from audiopod.common.links.verdict import Fetched, FetchError, FetchLimits

FETCHING = "fetching"
"""The stage of a job."""
TOO_LONG, UNDECODABLE = "recording_too_long", "undecodable_input"
"""The codes of jobs whose recording turned out so."""


@contextmanager
def downloaded(
    attempt: Attempt, link: str, *, limits: FetchLimits
) -> Iterator[tuple[Path, Fetched]]:
    """What a link leads to, in a file of this machine that loses its name as soon as it is whole.
    Raises as `fetched`."""
    with ExitStack() as stack:
        with tempfile.TemporaryDirectory(prefix="audiopod-") as folder:
            path = Path(folder) / UPLOAD
            got = fetched(attempt, link, path, limits=limits)
            file = stack.enter_context(path.open("rb"))
        yield Path(f"/proc/self/fd/{file.fileno()}"), got


def fetched(attempt: Attempt, link: str, into: Path, *, limits: FetchLimits) -> Fetched:
    """Download what a link leads to. Raises InputRefused for a link that is not taken."""
    try:
        got = fetch(link, into=into, limits=limits, allow=allow_list(), alive=_alive(attempt))
    except FetchError as error:
        raise InputRefused(str(error), error.code.lower()) from None
    attempt.alive(stage=FETCHING)
    return got


def keep(attempt: Attempt, path: Path, got: Fetched, position: int = 0) -> None:
    """Keep what was fetched as the job's upload, once it has succeeded."""
    attempt.keep_fetched(
        path,
        name=UPLOAD,
        file_name=got.file_name,
        content_type=got.content_type,
        position=position,
    )


def require_paid(seconds: float, most_seconds: float) -> None:
    """Raises InputRefused for recordings that are longer than what was held for."""
    if seconds > most_seconds + 0.001:
        raise InputRefused(
            f"The recording is {_clock(seconds)} long, and this job could pay for"
            f" {_clock(most_seconds)} at most. Upload the file instead, or top up your"
            " balance if that is what is short. You were not charged.",
            TOO_LONG,
        )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def _alive(attempt: Attempt) -> Callable[[int], None]:
    """A sign of life for every second of a download."""

    def tell(_bytes: int) -> None:
        attempt.alive(stage=FETCHING)

    return tell
