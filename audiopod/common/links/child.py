"""The process that fetches one hop of a link: it looks the name up and connects, gives up all
rights, and only then reads what a stranger sends.

Behind that line it has one connection, to the address that was checked, one file to write, and no
way to open anything more. Nothing of Django is imported here, nor any secret: its environment is
empty but for the names of certificate files.

Standard input is a socket that brings the order and takes the answer, both JSON; standard output
is the file.
"""

from __future__ import annotations

import encodings.idna  # noqa: F401 - TLS asks for it when it is too late to open a module
import http.client
import json
import socket
import ssl
from typing import Any, BinaryIO

from audio.codecs.confine import confine, leave_network
from audio.codecs.verdict import PCM_BYTES_PER_SAMPLE, PCM_RATE, DecodeLimits
from audiopod.common.links.allow import AllowList
from audiopod.common.links.connect import connect
from audiopod.common.links.download import download
from audiopod.common.links.links import Link
from audiopod.common.links.tls import trusting_context
from audiopod.common.links.verdict import FetchError, FetchFailed, FetchLimits, FetchReason

MESSAGE_BYTES = 128 * 1024
_MEMORY_BYTES = 512 * 1024**2
_CPU_SECONDS = 120


def main() -> None:
    """Carry out one order and answer it."""
    with socket.socket(fileno=0) as reply, open(1, "r+b", closefd=False) as output:
        order = json.loads(reply.recv(MESSAGE_BYTES))
        reply.send(json.dumps(_answer(order, output)).encode(), socket.MSG_NOSIGNAL)


def _answer(order: dict[str, Any], output: BinaryIO) -> dict[str, Any]:
    link = Link(**order["link"])
    try:
        return _fetch(link, order, output)
    except FetchError as error:
        return _told(error)
    except ssl.SSLCertVerificationError:
        return _told(FetchFailed(FetchReason.CERTIFICATE, link.host))
    except (OSError, http.client.HTTPException, ValueError, MemoryError):
        return _told(FetchFailed(FetchReason.BROKEN_OFF, link.host))


def _told(error: FetchError) -> dict[str, Any]:
    return {"reason": error.reason, "detail": error.detail}


def _fetch(link: Link, order: dict[str, Any], output: BinaryIO) -> dict[str, Any]:
    limits = FetchLimits(**order["limits"])
    tls = trusting_context() if link.scheme == "https" else None
    allow = AllowList(tuple(order["allow"]))
    with connect(link, allow, seconds=limits.connect_seconds) as connection:
        leave_network()
        confine(_as_decode_limits(limits), parent=order["parent"])
        return download(link, connection, tls, output, limits)


def _as_decode_limits(limits: FetchLimits) -> DecodeLimits:
    """`confine` counts its output in seconds of sound."""
    return DecodeLimits(
        max_seconds=limits.max_bytes / (PCM_RATE * PCM_BYTES_PER_SAMPLE),
        cpu_seconds=_CPU_SECONDS,
        memory_bytes=_MEMORY_BYTES,
    )


if __name__ == "__main__":
    main()
