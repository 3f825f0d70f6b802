"""A model that is small enough to be opened more than once: the calls of a process share its cores.

The threads of a session are fixed when it is opened. Alone, a call is soonest on all cores; of two
at once each does more with its half of them, since its threads wait for none of the other's.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audio.engines.onnx_session import open_session

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_lock = threading.Lock()
_running: set[object] = set()
"""A token for each call of all such models in this process."""


class SharingSession:
    """Opened with all threads at once, and with fewer when that is first needed."""

    def __init__(self, model: bytes | Path, *, threads: int) -> None:
        self._model = model
        self._threads = threads
        self._sessions: dict[int, InferenceSession] = {}
        self._opening = threading.Lock()
        self.inputs = [entry.name for entry in self._session(threads).get_inputs()]

    def run(self, inputs: Mapping[str, Any]) -> Any:
        """The first output."""
        with _counted() as running:
            return self._session(share(self._threads, running)).run(None, inputs)[0]

    def _session(self, threads: int) -> InferenceSession:
        with self._opening:
            if threads not in self._sessions:
                self._sessions[threads] = open_session(self._model, threads=threads)
            return self._sessions[threads]


def share(threads: int, running: int) -> int:
    """Of so many threads, the part of one of so many calls: all, half, a quarter and so on."""
    return max(threads >> (running - 1).bit_length(), 1)


@contextmanager
def _counted() -> Iterator[int]:
    """How many calls there are with this one."""
    token = object()
    with _lock:
        _running.add(token)
        running = len(_running)
    try:
        yield running
    finally:
        with _lock:
            _running.discard(token)
