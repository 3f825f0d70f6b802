"""Fetch a link into a file. The work is done by processes that give up their rights (`child.py`),
one for each redirect; here it is only decided where to go next.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from audiopod.common.links.allow import AllowList
from audiopod.common.links.contents import content_type, extension
from audiopod.common.links.links import Link, parse_link, redirected
from audiopod.common.links.names import file_name
from audiopod.common.links.verdict import (
    Fetched,
    FetchFailed,
    FetchLimits,
    FetchReason,
    FetchRefused,
    fetch_error,
)

Alive = Callable[[int], None]

_ROOT = Path(__file__).resolve().parents[3]
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv.pop());"
    " from audiopod.common.links.child import main; main()"
)
_ENVIRONMENT = ("SSL_CERT_FILE",)
_ANSWER_BYTES = 128 * 1024
_BEAT_SECONDS = 1.0


def fetch(
    url: str,
    *,
    into: Path,
    limits: FetchLimits,
    allow: AllowList,
    alive: Alive | None = None,
) -> Fetched:
    """Download the media file that a link leads to. Takes `limits.total_seconds` at most.

    into: is made or overwritten; it is removed when this raises.
    alive: called about once a second with the bytes so far. What it raises ends the download.
    Raises FetchRefused and FetchFailed; OSError when `into` cannot be made.
    """
    link = parse_link(url, allow)
    deadline = time.monotonic() + limits.total_seconds
    with into.open("w+b") as output, _removed_on_error(into):
        for _ in range(limits.redirects + 1):
            order = json.dumps(
                {
                    "link": asdict(link),
                    "limits": asdict(limits),
                    "allow": allow.texts,
                    "parent": os.getpid(),
                }
            )
            answer = _hop(order.encode(), output, deadline, alive or _ignore)
            if "redirect" not in answer:
                return _fetched(link, answer, _size(output))
            link = redirected(link, answer["redirect"], allow)
        raise FetchRefused(FetchReason.REDIRECTS, limits.redirects)


def _fetched(link: Link, answer: dict[str, Any], size: int) -> Fetched:
    if "reason" in answer:
        raise fetch_error(FetchReason(answer["reason"]), answer["detail"])
    demuxer = answer["demuxer"]
    name = file_name(answer["disposition"], str(link), extension=extension(demuxer))
    return Fetched(str(link), name, content_type(demuxer), size)


def _hop(order: bytes, output: BinaryIO, deadline: float, alive: Alive) -> dict[str, Any]:
    """One process's answer. The process has ended when this returns or raises."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        try:
            with theirs:
                ours.send(order)  # it waits in the socket
                process = _start(theirs, output)
        except OSError:
            raise FetchFailed(FetchReason.UNAVAILABLE) from None
        try:
            answer = _await(ours, output, deadline, alive)
        finally:
            process.kill()
            process.wait()
    if not answer:
        raise FetchFailed(FetchReason.UNAVAILABLE)
    outcome: dict[str, Any] = json.loads(answer)
    return outcome


def _start(theirs: socket.socket, output: BinaryIO) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own program, no input in it
        [sys.executable, "-I", "-c", _PROGRAM, str(_ROOT)],
        stdin=theirs.fileno(),
        stdout=output.fileno(),
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        cwd="/",
        start_new_session=True,  # a Ctrl-C is for the parent, which ends this
    )


def _await(reply: socket.socket, output: BinaryIO, deadline: float, alive: Alive) -> bytes:
    """The answer, or b"" when the process died without one."""
    while (seconds := deadline - time.monotonic()) > 0:
        reply.settimeout(min(_BEAT_SECONDS, seconds))
        try:
            return reply.recv(_ANSWER_BYTES)
        except TimeoutError:
            alive(_size(output))
        except OSError:  # it ended without having read its order
            return b""
    raise FetchFailed(FetchReason.TOO_SLOW)


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size


def _ignore(_bytes: int) -> None:
    """The `alive` of a caller that has none."""


@contextmanager
def _removed_on_error(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        raise
