"""Calls that run at once share the cores."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from audio.engines import sharing
from audio.engines.sharing import SharingSession, share


@pytest.mark.parametrize(
    ("threads", "shares"),
    [(1, [1, 1, 1]), (2, [2, 1, 1, 1]), (6, [6, 3, 1, 1, 1]), (16, [16, 8, 4, 4, 2, 2])],
)
def test_a_share_is_all_half_a_quarter(threads: int, shares: list[int]) -> None:
    assert [share(threads, n + 1) for n in range(len(shares))] == shares
    assert share(threads, 1000) == 1


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The threads of those that were opened; each answers with its own once two calls have met."""
    opened: list[int] = []

    def opening(model: bytes, *, threads: int) -> Any:
        opened.append(threads)

        def run(_: None, inputs: dict[str, Any]) -> list[int]:
            if met := inputs.get("met"):
                met.wait(20)
            return [threads]

        return SimpleNamespace(run=run, get_inputs=lambda: [SimpleNamespace(name="met")])

    monkeypatch.setattr(sharing, "open_session", opening)
    return opened


def test_alone_a_call_has_all_threads_and_at_once_each_its_share(sessions: list[int]) -> None:
    one, other = SharingSession(b"", threads=4), SharingSession(b"", threads=4)
    assert one.inputs == ["met"]
    assert sessions == [4, 4]

    met = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda session: session.run({"met": met}), [one, other]))

    assert sorted(found) == [2, 4]  # the first did not know of the second
    assert [one.run({}), other.run({})] == [4, 4]
    assert sorted(sessions) == [2, 4, 4]


def test_a_call_that_fails_counts_no_longer(sessions: list[int]) -> None:
    session = SharingSession(b"", threads=4)

    with pytest.raises(AttributeError):
        session.run({"met": "nobody"})

    assert session.run({}) == 4
