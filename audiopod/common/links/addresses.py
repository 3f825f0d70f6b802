"""Tell addresses on the public internet from all others."""

from __future__ import annotations

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NOT_PUBLIC_V4 = [
    IPv4Network("192.0.0.0/24"),  # IETF protocol assignments; a cloud's metadata are in it
    IPv4Network("192.88.99.0/24"),  # relays of 6to4
    IPv4Network("168.63.129.16/32"),  # Azure's platform, reached from within a machine only
]
"""What `is_global` of some Python versions takes for public."""

_PUBLIC_V6 = IPv6Network("2000::/3")
"""All global unicast that was ever given out (RFC 4291, IANA's registry)."""
_NOT_PUBLIC_V6 = [
    IPv6Network("2001::/23"),  # protocol assignments, with Teredo's tunnels to IPv4
    IPv6Network("2001:db8::/32"),  # documentation
    IPv6Network("2002::/16"),  # 6to4: an IPv4 address inside
    IPv6Network("3fff::/20"),  # documentation
]
_NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: how a network without IPv4 spells each IPv4 address."""


def is_public(address: Address) -> bool:
    """Whether any machine on the internet would reach the same host by this address."""
    if isinstance(address, IPv4Address):
        return _is_public_v4(address)
    if address.scope_id:
        return False
    if address.ipv4_mapped:
        return _is_public_v4(address.ipv4_mapped)
    if address in _NAT64:
        return _is_public_v4(IPv4Address(int(address) & 0xFFFF_FFFF))
    tunnelled = any(address in network for network in _NOT_PUBLIC_V6)
    return address in _PUBLIC_V6 and address.is_global and not tunnelled


def _is_public_v4(address: IPv4Address) -> bool:
    special = address.is_multicast or address.is_reserved
    return address.is_global and not special and not any(address in net for net in _NOT_PUBLIC_V4)


def literal(host: str) -> Address | None:
    """The address that a host's name spells out, None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def network(text: str) -> Network | None:
    """`10.0.0.0/8` or a single address; None where it is neither.

    Raises ValueError when it is a network with bits set beyond its prefix.
    """
    if "/" not in text and literal(text) is None:
        return None
    return ip_network(text)
