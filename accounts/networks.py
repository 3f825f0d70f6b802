"""Where a key may be used from: networks as CIDR, such as 203.0.113.0/24 or 2001:db8::/32."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from django.utils.translation import gettext as _

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAX_NETWORKS = 50
MAX_CHARACTERS = 64
"""The length of one network; the longest IPv6 address with its prefix has 43."""
_PREFIX = re.compile(r"/[0-9]{1,3}$", re.ASCII)


class InvalidNetwork(ValueError):
    """The text is not a network; the message says what to write instead."""


def address_of(text: str | None) -> Address | None:
    """The address of a client, or None without one, as for a socket in the file system.

    An IPv4 address that came over an IPv6 socket (`::ffff:203.0.113.7`) is the IPv4 address.
    """
    try:
        address = ip_address((text or "").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def is_within(networks: Iterable[str], text: str | None) -> bool:
    """Whether a client's address lies in one of the networks. Without an address: False."""
    address = address_of(text)
    return address is not None and any(address in ip_network(each) for each in networks)


def covers(outer: Sequence[str], inner: Sequence[str]) -> bool:
    """Whether each of the inner networks lies in an outer one. No networks: the whole world."""
    if not outer:
        return True
    wide = [ip_network(each) for each in outer]
    return bool(inner) and all(
        any(_lies_in(ip_network(each), there) for there in wide) for each in inner
    )


def _lies_in(inner: Network, outer: Network) -> bool:
    if isinstance(inner, IPv4Network):
        return isinstance(outer, IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and inner.subnet_of(outer)


def parse(texts: Iterable[str]) -> list[str]:
    """Networks and addresses as they are stored: as CIDR, each once, in the order given.

    Raises InvalidNetwork for a text that is not a network, and for more than MAX_NETWORKS.
    """
    found = list(dict.fromkeys(str(network_of(text)) for text in texts))
    if len(found) > MAX_NETWORKS:
        raise InvalidNetwork(_("Use at most %(count)d networks.") % {"count": MAX_NETWORKS})
    return found


def network_of(text: str) -> Network:
    """The network that a text means; an address alone is a network too. Raises InvalidNetwork."""
    given = {"network": text[:MAX_CHARACTERS]}
    is_prefixed = bool(_PREFIX.search(text))
    try:
        if len(text) > MAX_CHARACTERS or ("/" in text and not is_prefixed) or "%" in text:
            raise ValueError
        network = ip_network(text, strict=False)
    except ValueError:
        raise InvalidNetwork(
            _("“%(network)s” is not a network. Write one such as 203.0.113.0/24 or 2001:db8::/32.")
            % given
        ) from None
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped:
        raise InvalidNetwork(
            _("“%(network)s” is an IPv4 address in IPv6 form. Write it as IPv4.") % given
        )
    if is_prefixed and ip_address(text.partition("/")[0]) != network.network_address:
        raise InvalidNetwork(
            _(
                "“%(network)s” is an address in the network %(meant)s. Write the network, or the"
                " address alone."
            )
            % {**given, "meant": network}
        )
    return network
