"""The address that `manage.py run` serves at: taken before anything slow, refused in words."""

from __future__ import annotations

import errno
import http.client
import json
import socket
from typing import Any

from django.core.management.base import CommandError

MAX_PORT = 65_535
PROBE_SECONDS = 2
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound


def reserve(host: str, port: str) -> socket.socket:
    """A socket bound to the address, not listening yet. Raises CommandError in plain words."""
    number = _port_number(port)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError):
        raise CommandError(_no_such_host(host)) from None
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise CommandError(_why_not(error, host, number)) from None
    return listener


def url_of(listener: socket.socket) -> str:
    """Where a client on this machine reaches the socket: `http://127.0.0.1:8000`."""
    host, port = listener.getsockname()[:2]
    host = ANY_ADDRESS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_audiopod(host: str, port: int) -> bool:
    """Whether an AudioPod server answers there."""
    body = asked(host, port, "/healthz")
    return body is not None and body.get("service") == "audiopod"


def asked(host: str, port: int, path: str) -> dict[str, Any] | None:
    """The JSON object that a server on this machine answers with; None where there is none."""
    connection = http.client.HTTPConnection(
        ANY_ADDRESS.get(host, host), port, timeout=PROBE_SECONDS
    )
    try:
        connection.request("GET", path)
        body = json.loads(connection.getresponse().read())
        return body if isinstance(body, dict) else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def _port_number(port: str) -> int:
    if port.isascii() and port.isdigit() and int(port) <= MAX_PORT:
        return int(port)
    raise CommandError(f"PORT={port} is not a port: give a number up to {MAX_PORT}, or none.")


def _why_not(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return _taken(host, port)
        case errno.EACCES:
            return f"Port {port} is for root alone: `PORT=8000 make run` takes another."
        case errno.EADDRNOTAVAIL:
            return _no_such_host(host)
    return f"Can't listen at {host} port {port}: {error.strerror}."


def _taken(host: str, port: int) -> str:
    other = port + 1 if port < MAX_PORT else port - 1
    if is_audiopod(host, port):
        return (
            f"AudioPod is running at port {port} already. Use it, stop it, or start another:"
            f" `PORT={other} make run`."
        )
    return f"Port {port} is taken by another program: `PORT={other} make run` takes another."


def _no_such_host(host: str) -> str:
    return (
        f"HOST={host} is no address of this machine: `HOST=127.0.0.1 make run` serves this"
        " machine alone, `HOST=0.0.0.0 make run` the network."
    )
