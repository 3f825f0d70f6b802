"""Five wrong passwords in fifteen minutes, counted by address and network."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts import throttle


def attempts(number: int, *, email: str = "ada@example.com", address: str = "10.0.0.1") -> int:
    """How many of `number` attempts are let through."""
    return sum(throttle.take_attempt(email, address) for _ in range(number))


def test_five_attempts_are_let_through() -> None:
    assert attempts(8) == throttle.FAILURES_ALLOWED == 5


def test_others_are_not_shut_out() -> None:
    attempts(8)

    assert attempts(1, email="eve@example.com") == 1
    assert attempts(1, address="10.0.0.2") == 1


def test_a_success_starts_afresh() -> None:
    attempts(8)
    throttle.reset("ada@example.com", "10.0.0.1")

    assert attempts(8) == 5


@pytest.mark.parametrize("email", ["ADA@example.com", " ada@Example.com "])
def test_spelling_gains_nothing(email: str) -> None:
    attempts(8)
    assert attempts(1, email=email) == 0


def test_one_ipv6_network_is_one_source() -> None:
    attempts(8, address="2001:db8::1")

    assert attempts(1, address="2001:db8::ffff:2") == 0
    assert attempts(1, address="2001:db8:0:1::1") == 1


def test_many_at_once_gain_nothing() -> None:
    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(lambda _: attempts(1), range(64))) == 5


def test_the_window_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "WINDOW_SECONDS", 0)
    assert attempts(8) == 8
