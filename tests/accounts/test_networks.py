"""Networks that a key may be used from: read strictly, and compared as addresses are."""

from __future__ import annotations

import pytest

from accounts import networks
from accounts.networks import InvalidNetwork


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("203.0.113.7", "203.0.113.7/32"),
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:DB8:0::1", "2001:db8::1/128"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("::/0", "::/0"),
    ],
)
def test_one_spelling_is_stored(text: str, stored: str) -> None:
    assert networks.parse([text]) == [stored]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not a network"),
        ("somewhere", "is not a network"),
        ("203.0.113.7/33", "is not a network"),
        ("203.0.113", "is not a network"),
        ("010.0.0.1", "is not a network"),
        ("10.0.0.0/255.0.0.0", "is not a network"),
        ("10.0.0.0/0.255.255.255", "is not a network"),
        ("10.0.0.0/٨", "is not a network"),
        ("fe80::1%eth0", "is not a network"),
        ("167772160", "is not a network"),
        ("1" * 65, "is not a network"),
        ("203.0.113.7/24", "in the network 203.0.113.0/24"),
        ("2001:db8::1/32", "in the network 2001:db8::/32"),
        ("::ffff:203.0.113.7", "Write it as IPv4"),
        ("::ffff:203.0.113.0/120", "Write it as IPv4"),
    ],
)
def test_anything_else_is_refused_and_says_why(text: str, said: str) -> None:
    with pytest.raises(InvalidNetwork, match=said):
        networks.parse([text])


def test_each_network_is_kept_once_and_fifty_at_most() -> None:
    assert networks.parse(["10.0.0.1", "10.0.0.1/32", "10.0.0.2"]) == ["10.0.0.1/32", "10.0.0.2/32"]
    fifty = [f"10.0.{number}.0/24" for number in range(50)]
    assert networks.parse([*fifty, fifty[0]]) == fifty
    with pytest.raises(InvalidNetwork, match="at most 50"):
        networks.parse([*fifty, "10.1.0.0/24"])


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("203.0.113.0", True),
        ("203.0.113.255", True),
        ("203.0.114.0", False),
        ("::ffff:203.0.113.9", True),
        ("2001:db8:1::5", True),
        ("2001:db9::", False),
        ("2001:db8::1%eth0", True),
        ("", False),
        ("unix:", False),
        (None, False),
    ],
)
def test_who_is_inside(address: str | None, inside: bool) -> None:
    assert networks.is_within(["203.0.113.0/24", "2001:db8::/32"], address) is inside


def test_all_of_one_kind_is_not_all_of_the_other() -> None:
    assert not networks.is_within(["0.0.0.0/0"], "2001:db8::1")
    assert not networks.is_within(["::/0"], "203.0.113.7")
    assert not networks.is_within([], "203.0.113.7")


@pytest.mark.parametrize(
    ("outer", "inner", "covered"),
    [
        ([], [], True),
        ([], ["10.0.0.0/8"], True),
        (["10.0.0.0/8"], [], False),
        (["10.0.0.0/8"], ["10.0.0.0/8"], True),
        (["10.0.0.0/8"], ["10.5.0.0/16", "10.0.0.1/32"], True),
        (["10.0.0.0/8"], ["10.5.0.0/16", "11.0.0.1/32"], False),
        (["10.0.0.0/8"], ["0.0.0.0/0"], False),
        (["10.0.0.0/8", "::/0"], ["2001:db8::/32"], True),
        (["0.0.0.0/0"], ["2001:db8::/32"], False),
    ],
)
def test_networks_within_networks(outer: list[str], inner: list[str], covered: bool) -> None:
    assert networks.covers(outer, inner) is covered
