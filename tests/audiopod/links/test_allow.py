"""What an operator may write into URL_INTAKE_ALLOW."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from audiopod.common.links.allow import NOTHING, AllowList


@pytest.mark.parametrize(
    ("entry", "host", "port", "allowed"),
    [
        ("nas.lan", "nas.lan", 80, True),
        ("NAS.lan.", "nas.lan", 9000, True),
        ("nas.lan", "evil.nas.lan", 80, False),
        ("nas.lan:8080", "nas.lan", 8080, True),
        ("nas.lan:8080", "nas.lan", 80, False),
        ("bücher.lan", "xn--bcher-kva.lan", 80, True),
        ("10.0.0.0/8", "nas.lan", 80, False),
    ],
)
def test_hosts(entry: str, host: str, port: int, allowed: bool) -> None:
    assert AllowList((entry,)).allows_host(host, port) is allowed


@pytest.mark.parametrize(
    ("entry", "address", "port", "allowed"),
    [
        ("10.0.0.0/8", "10.200.0.1", 80, True),
        ("10.0.0.0/8", "11.0.0.1", 80, False),
        ("10.0.0.5", "10.0.0.5", 22, True),
        ("10.0.0.5:8080", "10.0.0.5", 8080, True),
        ("10.0.0.5:8080", "10.0.0.5", 8081, False),
        ("fd00::/8", "fd12::1", 80, True),
        ("fd00::/8", "10.0.0.5", 80, False),
        ("[fd00::5]:8080", "fd00::5", 8080, True),
        ("[fd00::5]:8080", "fd00::5", 80, False),
        ("fd00::5", "fd00::5", 80, True),
        ("nas.lan", "10.0.0.5", 80, False),
    ],
)
def test_addresses(entry: str, address: str, port: int, allowed: bool) -> None:
    assert AllowList((entry,)).allows_address(ip_address(address), port) is allowed


def test_an_empty_list_allows_nothing() -> None:
    assert not NOTHING.allows_host("localhost", 80)
    assert not NOTHING.allows_address(ip_address("127.0.0.1"), 80)


def test_blanks_and_empty_entries_of_a_setting_are_passed_over() -> None:
    assert AllowList.of([" nas.lan ", "", " "]).texts == ("nas.lan",)


@pytest.mark.parametrize(
    "entry",
    [
        *("http://nas.lan", "nas.lan/music", "*.lan", "nas.lan:", "nas.lan:0", "nas.lan:65536"),
        *("10.0.0.5/8", "10.0.0.0/33", "0x7f.1", "fd00::5:8080:x", "nas lan", "user@nas.lan"),
    ],
)
def test_an_entry_that_is_no_host_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match="is not a host") as error:
        AllowList((entry,))
    assert f"“{entry}”" in str(error.value)
