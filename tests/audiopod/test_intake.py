"""The body of a request, counted and timed as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from audiopod.asgi_types import Message
from audiopod.intake import Intake, Pace, Spool
from tests.jumping import in_jumping_time

SECONDS = 0.2
PATIENT = Pace(bytes_per_second=0, seconds=60)
BRISK = Pace(bytes_per_second=1000, seconds=SECONDS)
ROOM = 1_000_000


def spool(max_bytes: int = ROOM, memory_bytes: int = 0) -> Spool:
    return Spool(max_bytes=max_bytes, memory_bytes=memory_bytes)


class Sender:
    """A client that sends pieces, each after a pause; after the last it stays, or falls silent."""

    def __init__(self, pieces: Iterable[tuple[float, bytes]], *, ends: bool = True) -> None:
        self.pieces = list(pieces)
        self.ends = ends

    async def receive(self) -> Message:
        if not self.pieces:
            await asyncio.Event().wait()
        pause, body = self.pieces.pop(0)
        await asyncio.sleep(pause)
        return {
            "type": "http.request",
            "body": body,
            "more_body": bool(self.pieces or not self.ends),
        }


async def read(intake: Intake) -> bytes | None:
    """The whole body, or None when it was cut."""
    body = b""
    while True:
        message = await intake.receive()
        if message["type"] == "http.disconnect":
            return None
        body += message["body"]
        if not message["more_body"]:
            return body


def status_of(intake: Intake) -> int:
    assert intake.refusal is not None
    return intake.refusal.status


@in_jumping_time
async def test_a_body_in_time_and_in_size_is_whole() -> None:
    client = Sender([(0, b"a" * 500), (0, b"b" * 500)])
    intake = Intake(client.receive, limit_bytes=1000, pace=BRISK, spool=spool())
    assert await read(intake) == b"a" * 500 + b"b" * 500
    assert intake.refusal is None


@in_jumping_time
async def test_who_falls_silent_is_cut() -> None:
    client = Sender([(0, b"x" * 5000)], ends=False)
    intake = Intake(client.receive, limit_bytes=ROOM, pace=BRISK, spool=spool())
    async with asyncio.timeout(SECONDS * 5):
        assert await read(intake) is None
    assert status_of(intake) == 408
    assert not intake.is_coming


@in_jumping_time
async def test_who_drips_is_cut_although_something_always_comes() -> None:
    client = Sender([(SECONDS / 4, b"x")] * 100)
    intake = Intake(client.receive, limit_bytes=ROOM, pace=BRISK, spool=spool())
    async with asyncio.timeout(SECONDS * 5):
        assert await read(intake) is None
    assert status_of(intake) == 408


@in_jumping_time
async def test_who_is_slow_but_fast_enough_is_served() -> None:
    """A quarter of a window at a time, at twice the pace, for three windows."""
    client = Sender([(SECONDS / 4, b"x" * 100)] * 12)
    intake = Intake(client.receive, limit_bytes=ROOM, pace=BRISK, spool=spool())
    assert await read(intake) == b"x" * 1200


@in_jumping_time
async def test_our_own_slowness_is_not_the_client_s() -> None:
    client = Sender([(0, b"x")] * 3)
    intake = Intake(client.receive, limit_bytes=ROOM, pace=BRISK, spool=spool())
    for _ in range(3):
        await asyncio.sleep(SECONDS * 1.5)
        assert (await intake.receive())["type"] == "http.request"
    assert intake.refusal is None


@in_jumping_time
async def test_a_whole_body_leaves_all_the_time_for_its_answer() -> None:
    """Django waits for the client's leaving by the same call, for as long as the answer takes."""
    client = Sender([(0, b"x")])
    intake = Intake(client.receive, limit_bytes=ROOM, pace=BRISK, spool=spool())
    assert await read(intake) == b"x"
    leaving = asyncio.create_task(intake.receive())
    await asyncio.sleep(SECONDS * 2)
    assert not leaving.done()
    leaving.cancel()


async def test_a_cancelled_wait_is_cancelled() -> None:
    client = Sender([], ends=False)
    intake = Intake(client.receive, limit_bytes=ROOM, pace=PATIENT, spool=spool())
    waiting = asyncio.create_task(intake.receive())
    await asyncio.sleep(0)
    waiting.cancel()
    done, _ = await asyncio.wait([waiting], timeout=1)
    assert done
    assert waiting.cancelled()
    assert intake.refusal is None


# --- the disk of all together -------------------------------------------------------------------
async def test_who_finds_no_room_on_the_disk_is_told_to_come_back() -> None:
    shared = spool(max_bytes=1500)
    first = Intake(Sender([(0, b"x" * 1000)]).receive, limit_bytes=ROOM, pace=PATIENT, spool=shared)
    second = Intake(
        Sender([(0, b"x" * 1000)]).receive, limit_bytes=ROOM, pace=PATIENT, spool=shared
    )
    assert await read(first)
    assert await read(second) is None
    assert status_of(second) == 503
    assert second.refusal is not None
    assert int(second.refusal.headers["Retry-After"]) > 0


async def test_room_is_given_back_once() -> None:
    shared = spool(max_bytes=1500)
    for _ in range(3):
        intake = Intake(
            Sender([(0, b"x" * 700), (0, b"x" * 700)]).receive,
            limit_bytes=ROOM,
            pace=PATIENT,
            spool=shared,
        )
        assert await read(intake)
        intake.close()
        intake.close()
    assert shared.free_bytes == 1500


async def test_a_body_that_was_cut_gives_its_room_back() -> None:
    shared = spool(max_bytes=1500)
    client = Sender([(0, b"x" * 600)] * 4)
    intake = Intake(client.receive, limit_bytes=1000, pace=PATIENT, spool=shared)
    assert await read(intake) is None
    intake.close()
    assert shared.free_bytes == 1500


async def test_small_bodies_stay_in_memory_and_always_have_room() -> None:
    full = spool(max_bytes=0, memory_bytes=1000)
    small = Intake(Sender([(0, b"x" * 1000)]).receive, limit_bytes=ROOM, pace=PATIENT, spool=full)
    large = Intake(Sender([(0, b"x" * 1001)]).receive, limit_bytes=ROOM, pace=PATIENT, spool=full)
    assert await read(small) is not None
    assert await read(large) is None
