"""An operator's list of hosts on the own network that links may lead to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from audiopod.common.links.addresses import Address, Network, network
from audiopod.common.links.hosts import normal_host
from audiopod.common.links.verdict import FetchRefused

_WITH_PORT = re.compile(r"(?P<host>[^:\[\]]+|\[[^\]]+\])(?::(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class _Entry:
    host: str | Network
    port: int | None

    def covers(self, host: str | Address, port: int) -> bool:
        if self.port not in (None, port):
            return False
        if isinstance(host, str) or isinstance(self.host, str):
            return host == self.host
        return host in self.host


@dataclass(frozen=True, slots=True)
class AllowList:
    """What may be private, plain http after https, and on any port.

    An entry is a host name (whatever it resolves to), an address, a network (`10.1.0.0/16`,
    `fd00::/8`), or one of the first two with a port (`nas.lan:8080`, `[fd00::5]:8080`).
    """

    texts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises ValueError that names an entry that is not one of these."""
        self.entries()

    @classmethod
    def of(cls, texts: Iterable[str]) -> AllowList:
        """Raises ValueError as the constructor does. Empty entries are passed over."""
        return cls(tuple(text.strip() for text in texts if text.strip()))

    def allows_host(self, host: str, port: int) -> bool:
        """host: as `normal_host` writes it."""
        return any(entry.covers(host, port) for entry in self.entries())

    def allows_address(self, address: Address, port: int) -> bool:
        """By an address or a network on the list."""
        return any(entry.covers(address, port) for entry in self.entries())

    def entries(self) -> list[_Entry]:
        """Each text, understood."""
        return [_entry(text) for text in self.texts]


NOTHING = AllowList()


def _entry(text: str) -> _Entry:
    try:
        if found := network(text):
            return _Entry(found, None)
        match = _WITH_PORT.fullmatch(text)
        if not match:
            raise ValueError(text)
        port = int(match["port"]) if match["port"] else None
        if port is not None and not 0 < port < 65_536:
            raise ValueError(text)
        host = normal_host(match["host"].strip("[]"))
        return _Entry(network(host) or host, port)
    except (ValueError, FetchRefused):
        raise ValueError(
            f"“{text}” is not a host, a host with a port, an address or a network, such as"
            " nas.lan, nas.lan:8080, 10.0.0.5 or 10.0.0.0/8."
        ) from None
