"""Which addresses any machine on the internet would reach."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from audiopod.common.links.addresses import is_public


@pytest.mark.parametrize(
    "address",
    [
        *("1.1.1.1", "8.8.8.8", "93.184.216.34", "223.255.255.254", "100.63.255.255"),
        *("2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450:4001::1"),
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",  # all that a network without IPv4 sees of the public internet
    ],
)
def test_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.254"),
        *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1"),
        *("169.254.0.1", "169.254.169.254"),  # link-local, and a cloud's metadata in it
        *("100.64.0.1", "100.100.100.200", "100.127.255.255"),  # carriers' NAT
        *("192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
        "168.63.129.16",
        *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    ],
)
@pytest.mark.parametrize("spelling", ["{}", "::ffff:{}", "64:ff9b::{}", "::{}"])
def test_not_public_in_any_spelling(address: str, spelling: str) -> None:
    assert not is_public(ip_address(spelling.format(address)))


@pytest.mark.parametrize(
    "address",
    [
        *("::", "::1", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "fc00::1", "fd00:ec2::254"),
        *("ff02::1", "ff0e::1", "100::1", "2001:db8::1", "3fff::1", "4000::1", "::8.8.8.8"),
        "2606:4700:4700::1111%eth0",
        *("2002:7f00:1::", "2002:808:808::1"),  # 6to4
        *("2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1"),  # Teredo, ORCHID
        "64:ff9b:1::8.8.8.8",  # of a network's own NAT64
    ],
)
def test_not_public_on_the_new_internet(address: str) -> None:
    assert not is_public(ip_address(address))
