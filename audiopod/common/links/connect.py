"""Connect to a link's host: look its name up once, check all answers, use the very address that
was checked.

So a name that is looked up again (DNS rebinding) has no say: nothing looks it up again.
"""

from __future__ import annotations

import contextlib
import socket
from ipaddress import IPv4Address, ip_address

from audiopod.common.links.addresses import Address, is_public
from audiopod.common.links.allow import AllowList
from audiopod.common.links.links import Link, require_public_port
from audiopod.common.links.verdict import FetchFailed, FetchReason, FetchRefused

MAX_ADDRESSES = 3
"""So many are tried, one after the other."""


def connect(link: Link, allow: AllowList, *, seconds: float) -> socket.socket:
    """A blocking socket to the host, with no timeout set. Raises FetchError.

    seconds: the patience for each address.
    """
    addresses = _look_up(link)
    # one private address among public ones is how rebinding begins: the name as a whole is out
    checked = [address for address in addresses if not _is_allowed(link, address, allow)]
    if not all(is_public(address) for address in checked):
        raise FetchRefused(FetchReason.NOT_PUBLIC, link.host)
    if checked:
        require_public_port(link.port)
    for address in addresses[:MAX_ADDRESSES]:
        connection = _connection(address, link.port, seconds)
        if connection and address in checked and _is_this_machine(connection):
            connection.close()
            raise FetchRefused(FetchReason.NOT_PUBLIC, link.host)
        if connection:
            return connection
    raise FetchFailed(FetchReason.UNREACHABLE, link.host)


def _look_up(link: Link) -> list[Address]:
    """All addresses of the host, without doubles; at least one."""
    try:
        found = socket.getaddrinfo(link.host, link.port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise FetchFailed(FetchReason.UNREACHABLE, link.host) from None
        # the same words as for a private address: names of the own network are not for strangers
        raise FetchRefused(FetchReason.NOT_PUBLIC, link.host) from None
    return list(dict.fromkeys(ip_address(address[0]) for *_, address in found))


def _is_allowed(link: Link, address: Address, allow: AllowList) -> bool:
    return allow.allows_host(link.host, link.port) or allow.allows_address(address, link.port)


def _connection(address: Address, port: int, seconds: float) -> socket.socket | None:
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    connection = None
    with contextlib.suppress(OSError):
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.settimeout(seconds)
        connection.connect((str(address), port))
        connection.settimeout(None)
        return connection
    if connection:
        connection.close()
    return None


def _is_this_machine(connection: socket.socket) -> bool:
    """Its own public address leads a machine to itself, past what its firewall keeps out."""
    return bool(connection.getsockname()[0] == connection.getpeername()[0])
