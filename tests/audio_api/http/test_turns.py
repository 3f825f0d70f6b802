"""Work for which there is room once: who waits for whom, and who is refused."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from audio_api.http import turns
from audio_api.http.turns import in_turn
from audiopod.common.problem import Problem

pytestmark = pytest.mark.django_db(transaction=True)


class Work:
    """Pieces of work that end when they are let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.at_once = self.most_at_once = 0
        self.may_end = threading.Event()

    def called(self, name: str) -> Callable[[], str]:
        def work() -> str:
            self.begun.append(name)
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
            assert self.may_end.wait(20)
            self.at_once -= 1
            return name

        return work


async def begin(*calls: tuple[int, Callable[[], str]]) -> list[asyncio.Task[str]]:
    """Requests that came in this order."""
    tasks = []
    for account, work in calls:
        tasks.append(asyncio.create_task(in_turn(account, work)))
        await asyncio.sleep(0)
    return tasks


async def test_one_at_a_time_and_accounts_take_turns() -> None:
    work = Work()
    tasks = await begin(*((1, work.called(f"a{n}")) for n in range(4)), (2, work.called("b")))
    work.may_end.set()
    assert await asyncio.gather(*tasks) == ["a0", "a1", "a2", "a3", "b"]
    assert work.most_at_once == 1
    assert work.begun.index("b") == 1, "who sends four does not stand in front of others"


async def test_an_account_has_so_many_waiting_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MAX_WAITING", 2)
    work = Work()
    tasks = await begin((1, work.called("a")), (1, work.called("b")))
    with pytest.raises(Problem) as refused:
        await in_turn(1, work.called("c"))
    assert (refused.value.status, refused.value.code) == (429, "rate_limit_exceeded")
    others = await begin((2, work.called("d")))
    work.may_end.set()
    await asyncio.gather(*tasks, *others)
    assert await in_turn(1, lambda: "again") == "again"


async def test_a_client_that_leaves_keeps_its_place_until_its_work_is_done() -> None:
    """Or it could have as many threads as it makes connections."""
    work = Work()
    gone, waits = await begin((1, work.called("a")), (1, work.called("b")))
    while not work.begun:
        await asyncio.sleep(0.01)
    gone.cancel()
    await asyncio.sleep(0.05)
    assert work.begun == ["a"]
    work.may_end.set()
    assert await waits == "b"
    assert work.most_at_once == 1
    assert gone.cancelled()


async def test_a_client_that_leaves_the_line_is_not_worked_for() -> None:
    work = Work()
    first, waits = await begin((1, work.called("a")), (2, work.called("b")))
    waits.cancel()
    work.may_end.set()
    assert await first == "a"
    assert work.begun == ["a"]
