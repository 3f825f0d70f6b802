"""One HTTP request over a connection that is there already, and its body into a file.

Of `http.client` alone: it follows no redirect, knows no proxy, keeps no cookie, decodes nothing.
Waiting is bounded by an alarm, as a confined process cannot poll (RLIMIT_NOFILE is 0).
"""

from __future__ import annotations

import http.client
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, BinaryIO, NoReturn

from audiopod.common.links.contents import HEAD_BYTES, demuxer_of, refuse_text
from audiopod.common.links.links import MAX_URL_LENGTH, Link
from audiopod.common.links.verdict import FetchFailed, FetchLimits, FetchReason, FetchRefused

_BLOCK_BYTES = 64 * 1024
_REDIRECTS = {301, 302, 303, 307, 308}
_HEADERS = {"User-Agent": "AudioPod", "Accept": "*/*", "Connection": "close"}


def download(
    link: Link,
    connection: socket.socket,
    tls: ssl.SSLContext | None,
    output: BinaryIO,
    limits: FetchLimits,
) -> dict[str, Any]:
    """Put what the link leads to into `output`, an empty file that is also read.

    Returns `{"redirect": location}`, or `{"demuxer", "disposition"}` of a whole file that is a
    recording. Raises FetchError; and OSError, ValueError or HTTPException where the source
    does not keep to the rules of TLS and HTTP.
    """
    with _patience(limits.silence_seconds):
        response = _ask(link, connection, tls)
    location = response.headers.get("Location", "")
    if response.status in _REDIRECTS and location:
        return {"redirect": _utf8(location[:MAX_URL_LENGTH])}
    if response.status != 200:
        raise FetchFailed(FetchReason.STATUS, response.status)
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding != "identity":
        raise FetchRefused(FetchReason.ENCODED, encoding[:40])
    announced = response.length  # None where the body says itself when it ends
    if (announced or 0) > limits.max_bytes:
        raise FetchFailed(FetchReason.TOO_LARGE, limits.max_bytes)
    size = _receive(_blocks(response, announced, limits), output, limits)
    if size < (announced or 0):
        raise FetchFailed(FetchReason.BROKEN_OFF, link.host)
    disposition = response.headers.get("Content-Disposition", "")
    return {"demuxer": demuxer_of(output), "disposition": disposition[:4096]}


class _OverSocket(http.client.HTTPConnection):
    """It connects to nothing: the socket was connected before the process gave that right up."""

    def __init__(self, link: Link, connection: socket.socket) -> None:
        super().__init__(link.host, link.port)
        self._connection = connection

    def connect(self) -> None:
        self.sock = self._connection


def _ask(
    link: Link, connection: socket.socket, tls: ssl.SSLContext | None
) -> http.client.HTTPResponse:
    if tls:
        connection = tls.wrap_socket(connection, server_hostname=link.host)
    client = _OverSocket(link, connection)
    headers = {"Host": link.authority, "Accept-Encoding": "identity", **_HEADERS}
    client.request("GET", link.target, headers=headers)
    return client.getresponse()


def _receive(blocks: Iterator[bytes], output: BinaryIO, limits: FetchLimits) -> int:
    """Write the body out and return its size, counted in bytes as they came."""
    began = time.monotonic()
    size = 0
    looked_at = False
    for block in blocks:
        size += len(block)
        if size > limits.max_bytes:
            raise FetchFailed(FetchReason.TOO_LARGE, limits.max_bytes)
        seconds = time.monotonic() - began
        if seconds > limits.silence_seconds and size < seconds * limits.min_bytes_per_second:
            raise FetchFailed(FetchReason.TOO_SLOW)
        _keep(output, block)
        if size >= HEAD_BYTES and not looked_at:
            # no need to take 20 MB of a page
            output.seek(0)
            refuse_text(output.read(HEAD_BYTES))
            output.seek(size)
            looked_at = True
    return size


def _blocks(
    response: http.client.HTTPResponse, announced: int | None, limits: FetchLimits
) -> Iterator[bytes]:
    """The body as it comes, and not a byte more than announced."""
    missing = announced
    while missing != 0:
        with _patience(limits.silence_seconds):
            block = response.read1(min(_BLOCK_BYTES, missing or _BLOCK_BYTES))
        if not block:
            return
        if missing is not None:
            missing -= len(block)
        yield block


def _keep(output: BinaryIO, block: bytes) -> None:
    try:
        output.write(block)
        output.flush()
    except OSError:  # the disk is full: no fault of the link
        raise FetchFailed(FetchReason.UNAVAILABLE) from None


@contextmanager
def _patience(seconds: float) -> Iterator[None]:
    """Raises FetchFailed in the body when it takes longer. In a main thread only."""
    signal.signal(signal.SIGALRM, _too_slow)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _too_slow(_number: int, _frame: FrameType | None) -> NoReturn:
    raise FetchFailed(FetchReason.TOO_SLOW)


def _utf8(header: str) -> str:
    """Headers come as Latin-1, whatever they are."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header
