"""The decoder's own process: it has PyAV loaded, and forks a confined child for every file.

A fork takes a millisecond or two where a new interpreter that imports PyAV takes 150, and its
memory is shared until written to. This process itself never looks at a file. It talks to one
parent (`decoder_process.py`) over the socket that is its standard input, and ends when that
closes. Nothing of Django is imported here, nor any secret: its environment has a word to numpy and
nothing else.

A job is one message: JSON `{"work": …, "demuxer": …, "asked": {…}, "limits": {…}}` (`works.py`)
with three descriptors: the upload, the output, and a socket for the answer: JSON, the outcome or
`{"reason": …}`; a long work says `{"done": seconds}` before it. Closing the other end of that
socket kills the job.
"""

from __future__ import annotations

import contextlib
import gc
import io
import itertools
import json
import os
import selectors
import signal
import socket
import time
import wave
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import av.logging

# PyAV imports these when a file first needs them, which a confined child can no longer do
import av.subtitles.codeccontext
import av.subtitles.stream
import av.video.codeccontext
import av.video.stream

from audio.codecs.confine import confine, leave_network
from audio.codecs.demuxing import Refused
from audio.codecs.verdict import DecodeLimits, DecodeReason
from audio.codecs.works import Order, done

MESSAGE_BYTES = 4096
DESCRIPTORS_PER_JOB = 4
"""At most: what is read, what is written, perhaps another that is read, and the answer's."""
_MAX_DESCRIPTORS = 4096
TELL_SECONDS = 0.5
"""How often a long work says how far it is."""
_FAILED = 70
"""Exit status of a child that could not answer: EX_SOFTWARE of sysexits.h."""


@dataclass(frozen=True, slots=True)
class _Job:
    pid: int
    pidfd: int
    reply: socket.socket
    deadline: float  # of time.monotonic()


class ForkServer:
    """Runs at most `parallel` jobs at once; further ones wait in the control socket."""

    def __init__(self, control: socket.socket, *, parallel: int) -> None:
        self._control = control
        self._parallel = parallel
        self._jobs: set[_Job] = set()
        self._selector = selectors.DefaultSelector()
        self._listening = False

    def serve(self) -> None:
        """Until the parent closes its end."""
        while True:
            self._listen(len(self._jobs) < self._parallel)
            for key, _ in self._selector.select(self._patience()):
                if key.data is None:
                    if not self._accept():
                        self._kill_all()
                        return
                elif key.data in self._jobs:
                    self._attend(key.data, exited=key.fd == key.data.pidfd)
            self._enforce_deadlines()

    def _listen(self, wanted: bool) -> None:
        if wanted and not self._listening:
            self._selector.register(self._control, selectors.EVENT_READ)
        elif self._listening and not wanted:
            self._selector.unregister(self._control)
        self._listening = wanted

    def _accept(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(
            self._control, MESSAGE_BYTES, DESCRIPTORS_PER_JOB
        )
        if not message:
            return False
        *files, reply_fd = descriptors
        self._start(files, socket.socket(fileno=reply_fd), Order.of(json.loads(message)))
        for file in files:
            os.close(file)
        return True

    def _start(self, files: list[int], reply: socket.socket, order: Order) -> None:
        server = os.getpid()
        try:
            pid = os.fork()
        except OSError:  # the machine is out of processes or memory
            _answer(reply, {"reason": DecodeReason.UNAVAILABLE})
            reply.close()
            return
        if pid == 0:
            _work(files, reply, order, server)
        job = _Job(pid, os.pidfd_open(pid), reply, time.monotonic() + order.limits.wall_seconds)
        self._jobs.add(job)
        self._selector.register(job.pidfd, selectors.EVENT_READ, job)
        self._selector.register(job.reply, selectors.EVENT_READ, job)

    def _attend(self, job: _Job, *, exited: bool) -> None:
        if not exited:  # the parent hung up: nobody waits for this answer
            os.kill(job.pid, signal.SIGKILL)
            self._selector.unregister(job.reply)
            return
        _, status = os.waitpid(job.pid, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            _answer(job.reply, {"reason": _post_mortem(os.waitstatus_to_exitcode(status))})
        self._forget(job)

    def _forget(self, job: _Job) -> None:
        self._jobs.discard(job)
        for watched in (job.pidfd, job.reply):
            with contextlib.suppress(KeyError):
                self._selector.unregister(watched)
        os.close(job.pidfd)
        job.reply.close()

    def _patience(self) -> float | None:
        """Seconds until the next deadline; None without jobs."""
        if not self._jobs:
            return None
        return max(0.0, min(job.deadline for job in self._jobs) - time.monotonic())

    def _enforce_deadlines(self) -> None:
        now = time.monotonic()
        for job in self._jobs:
            if job.deadline <= now:
                os.kill(job.pid, signal.SIGKILL)  # its pidfd wakes the loop

    def _kill_all(self) -> None:
        for job in self._jobs:
            os.kill(job.pid, signal.SIGKILL)
            os.waitpid(job.pid, 0)


def _post_mortem(exit_code: int) -> DecodeReason:
    """Why a child died without an answer; a signal's number comes negative."""
    if exit_code in (-signal.SIGKILL, -signal.SIGXCPU):
        return DecodeReason.EXHAUSTED
    return DecodeReason.UNAVAILABLE if exit_code == _FAILED else DecodeReason.CORRUPT


def _work(files: list[int], reply: socket.socket, order: Order, server: int) -> NoReturn:
    """The child's whole life."""
    status = _FAILED
    with contextlib.suppress(BaseException):
        _close_all_but(*files, reply.fileno())
        source, output, *beside = files
        with open(source, "rb") as upload, open(output, "wb") as result:
            others = [open(file, "rb") for file in beside]  # noqa: SIM115 - ends with the process
            confine(order.limits, parent=server)
            order = replace(order, beside=next(iter(others), None))
            outcome = _outcome(upload, result, order, _teller(reply))
            result.flush()
            reply.setblocking(True)  # what a long work has told may still fill the socket
            reply.send(json.dumps(outcome).encode(), socket.MSG_NOSIGNAL)
        status = 0
    os._exit(status)


def _close_all_but(*descriptors: int) -> None:
    """Other jobs' answers and the control socket are not for a child to hold."""
    kept = sorted(descriptors)
    for below, above in itertools.pairwise([-1, *kept, _MAX_DESCRIPTORS]):
        os.closerange(below + 1, above)


def _outcome(
    upload: Any, result: Any, order: Order, tell: Callable[[float], None]
) -> dict[str, Any]:
    try:
        return done(upload, result, order, tell)
    except Refused as refused:
        return {"reason": refused.reason}
    except MemoryError:
        return {"reason": DecodeReason.EXHAUSTED}
    except OSError:
        raise  # the disk is full, or the like: no fault of the file
    except Exception:  # noqa: BLE001 - PyAV with a file that nobody thought of
        return {"reason": DecodeReason.CORRUPT}


def _teller(reply: socket.socket) -> Callable[[float], None]:
    """Tells the parent how far the work is, now and then, and never waits for it."""
    told_at = time.monotonic()

    def tell(seconds: float) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= TELL_SECONDS:
            told_at = time.monotonic()
            _answer(reply, {"done": seconds})

    return tell


def _answer(reply: socket.socket, answer: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # nobody may be waiting any more
        reply.send(json.dumps(answer).encode(), socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)


def rehearse() -> None:
    """Do everything to half a second of noise, so that what is loaded lazily is loaded before any
    fork."""
    noise = io.BytesIO()
    with wave.open(noise, "wb") as wav:
        wav.setparams((2, 2, 44_100, 0, "NONE", ""))
        wav.writeframes(bytes(range(256)) * 345)
    works: list[tuple[str, dict[str, Any]]] = [
        ("decode", {"track": None, "split": False}),
        ("measure", {}),
        ("sample", {"rate": 48_000}),
    ]
    works += [("convert", {"target": target, "quality": "high"}) for target in ("mp3", "flac")]
    for work, asked in works:
        order = Order(work, "wav", asked, DecodeLimits())
        with open(os.memfd_create("rehearsal"), "w+b") as output:
            done(noise, output, order, lambda _seconds: None)


def main() -> None:
    """Serve the socket on standard input."""
    leave_network()
    av.logging.set_level(None)
    rehearse()
    gc.freeze()  # the children's collector leaves the shared pages alone
    control = socket.socket(fileno=0)
    ForkServer(control, parallel=max(2, len(os.sched_getaffinity(0)))).serve()


if __name__ == "__main__":
    main()
