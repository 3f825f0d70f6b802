"""All addresses of a name are checked, and the one that was checked is connected to."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from audiopod.common.links import connect as connecting
from audiopod.common.links.allow import NOTHING, AllowList
from audiopod.common.links.connect import connect
from audiopod.common.links.links import Link
from audiopod.common.links.verdict import FetchError, FetchReason
from tests.audiopod.links.source import Source

pytestmark = pytest.mark.timeout(20)

Resolve = Callable[..., list[str]]


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """`resolve("1.1.1.1", …)`: what each look-up of a name gives; returns the names looked up."""

    def answers(*addresses: str, error: OSError | None = None) -> list[str]:
        asked: list[str] = []

        def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
            asked.append(host)
            if error:
                raise error
            return [(0, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    return answers


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where the code under test tries to connect to; every attempt fails."""
    tried: list[tuple[str, int]] = []

    def connect_to(_self: socket.socket, address: tuple[str, int]) -> None:
        tried.append(address)
        raise OSError("no route")

    monkeypatch.setattr(socket.socket, "connect", connect_to)
    return tried


def refused(link: Link, allow: AllowList = NOTHING) -> FetchReason:
    with pytest.raises(FetchError) as error:
        connect(link, allow, seconds=1)
    return error.value.reason


def named(port: int = 80, host: str = "media.example") -> Link:
    return Link("http", host, port, "/a.mp3")


@pytest.fixture
def source() -> Iterator[Source]:
    with Source(b"") as running:
        yield running


@pytest.mark.parametrize(
    "addresses",
    [
        *(["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["::1"], ["fe80::1%lo"], ["0.0.0.0"]),
        *(["::ffff:10.0.0.1"], ["64:ff9b::a00:1"]),
        *(["1.1.1.1", "127.0.0.1"], ["127.0.0.1", "1.1.1.1"], ["2606:4700::1111", "fd00::1"]),
    ],
)
def test_one_address_that_is_not_public_is_enough(
    addresses: list[str], resolve: Resolve, attempts: list[tuple[str, int]]
) -> None:
    resolve(*addresses)

    assert refused(named()) is FetchReason.NOT_PUBLIC
    assert attempts == []


def test_public_addresses_are_tried_in_order_and_no_more_than_three(
    resolve: Resolve, attempts: list[tuple[str, int]]
) -> None:
    resolve("1.1.1.1", "1.1.1.1", "2606:4700::1", "1.1.1.2", "1.1.1.3")

    assert refused(named()) is FetchReason.UNREACHABLE
    assert attempts == [("1.1.1.1", 80), ("2606:4700::1", 80), ("1.1.1.2", 80)]


def test_a_port_of_another_service_is_refused(
    resolve: Resolve, attempts: list[tuple[str, int]]
) -> None:
    resolve("1.1.1.1")

    assert refused(named(22)) is FetchReason.PORT
    assert attempts == []


def test_a_name_that_is_not_found_reads_as_a_private_one_does(resolve: Resolve) -> None:
    resolve(error=socket.gaierror(socket.EAI_NONAME, "not known"))
    assert refused(named()) is FetchReason.NOT_PUBLIC

    resolve(error=socket.gaierror(socket.EAI_AGAIN, "try again"))
    assert refused(named()) is FetchReason.UNREACHABLE


def test_a_name_is_looked_up_once(resolve: Resolve, source: Source) -> None:
    asked = resolve("127.0.0.1")

    with connect(named(source.port), AllowList(("127.0.0.1",)), seconds=5) as connection:
        assert connection.getpeername() == ("127.0.0.1", source.port)
        assert connection.gettimeout() is None

    assert asked == ["media.example"]


def test_a_host_on_the_list_may_have_any_address(resolve: Resolve, source: Source) -> None:
    resolve("127.0.0.1")
    allow = AllowList((f"media.example:{source.port}",))

    connect(named(source.port), allow, seconds=5).close()

    other = named(source.port, host="other.example")
    assert refused(other, allow) is FetchReason.NOT_PUBLIC


def test_a_network_on_the_list_covers_only_its_own_addresses(
    resolve: Resolve, attempts: list[tuple[str, int]]
) -> None:
    resolve("10.0.0.1", "192.168.0.1")

    assert refused(named(), AllowList(("10.0.0.0/8",))) is FetchReason.NOT_PUBLIC
    assert attempts == []


def test_the_machine_s_own_public_address_is_not_a_way_past_its_firewall(
    monkeypatch: pytest.MonkeyPatch, resolve: Resolve, source: Source
) -> None:
    resolve("127.0.0.1")
    monkeypatch.setattr(connecting, "is_public", lambda _address: True)

    assert refused(named(source.port)) is FetchReason.NOT_PUBLIC
