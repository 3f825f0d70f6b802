"""The parent's side of the decoder's process: starts it when first needed, and again when lost."""

from __future__ import annotations

import atexit
import contextlib
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv.pop());"
    " from audio.codecs.fork_server import main; main()"
)
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}
"""Nothing of the parent's. The children may not make threads, which numpy would."""
_FAREWELL_SECONDS = 5.0


class DecoderProcess:
    """One process that decodes for all threads and event loops of this one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """The process id, None while it is not running."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if running and self._process else None

    def start(self) -> None:
        """Have it running; returns at once, it is ready some 150 ms later. Not needed, but the
        first file is decoded sooner."""
        with self._lock:
            self._running_control()

    def submit(self, message: bytes, source: int, output: int, *beside: int) -> socket.socket:
        """Hand over a job with its open descriptors; return the socket that its answer comes on.

        beside: one more that it may read.

        The answer is the last message; end of file without one means that the process was lost.
        Closing the socket kills the job. Raises OSError when no process can be had.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs:
                self._send(message, [source, output, *beside, theirs.fileno()])
        except OSError:
            ours.close()
            raise
        return ours

    def stop(self) -> None:
        """End it, and every job with it."""
        with self._lock:
            process, control = self._process, self._control
            self.forget()
            if control:
                control.close()
            if process:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_FAREWELL_SECONDS)
                    return
                process.kill()
                process.wait()

    def forget(self) -> None:
        """Leave the process to whom it belongs: a fork of this one starts its own."""
        self._process = self._control = None

    def after_fork_in_child(self) -> None:
        """Called in a forked copy: the socket is the original's, and a lock may be held."""
        self._lock = threading.Lock()
        if self._process:
            self._process.returncode = 0  # not ours to wait for
        if self._control:
            self._control.close()
        self.forget()

    def _send(self, message: bytes, descriptors: list[int]) -> None:
        with self._lock:
            try:
                self._send_once(message, descriptors)
            except (BrokenPipeError, ConnectionError):
                self._discard()
                self._send_once(message, descriptors)

    def _send_once(self, message: bytes, descriptors: list[int]) -> None:
        # not waiting: a full socket means hundreds of jobs ahead, and this may be an event loop
        socket.send_fds(self._running_control(), [message], descriptors, socket.MSG_DONTWAIT)

    def _running_control(self) -> socket.socket:
        if self._control and self._process and self._process.poll() is None:
            return self._control
        self._discard()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, no input in it
                [sys.executable, "-I", "-c", _PROGRAM, str(_ROOT)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=_ENVIRONMENT,
                cwd="/",
                start_new_session=True,  # a Ctrl-C is for the parent, whose end ends this
            )
        self._control = ours
        return ours

    def _discard(self) -> None:
        """Put away a process that is gone, or no longer listens."""
        if self._control:
            self._control.close()
        if self._process:
            self._process.kill()
            self._process.wait()
        self.forget()


decoder_process = DecoderProcess()
atexit.register(decoder_process.stop)
os.register_at_fork(after_in_child=decoder_process.after_fork_in_child)
