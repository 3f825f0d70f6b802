"""A request's life and an account's days, as they are drawn."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from audio_api.models import Job
from dashboard.usage import chart
from dashboard.usage.life import LEAST, WIDTH, Life, life_of, spelt
from dashboard.usage.sums import Used
from tests.clock import at

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def _whole_ledger() -> None:
    """Nothing here is saved."""


@pytest.fixture
def _no_queue() -> None:
    """Nothing here is started."""


def life(status: str = "succeeded", **seconds: float) -> Life:
    moments: dict[str, Any] = {
        f"{name}_at": NOON + timedelta(seconds=after) for name, after in seconds.items()
    }
    return life_of(Job(status=status, created_at=NOON, **moments))


def drawn(of: Life) -> list[tuple[str, int, int]]:
    return [(span.name, span.x, span.width) for span in of.spans]


def test_a_speech_is_queued_worked_at_and_sent() -> None:
    speech = life(started=1, first_byte=3, finished=10)
    assert drawn(speech) == [("queued", 0, 100), ("working", 100, 200), ("sending", 300, 700)]
    assert [(m.words, m.seconds) for m in speech.moments] == [
        ("Queued", 0),
        ("Started", 1),
        ("First byte", 3),
        ("Done", 10),
    ]
    assert speech.in_words == (
        "Waiting for a worker: 1.00 s; Working until the first byte: 2.00 s;"
        " Sending, while the rest is made: 7.00 s"
    )


def test_what_never_began_or_never_said_anything() -> None:
    refused = life("failed", finished=4)
    assert drawn(refused) == [("queued", 0, WIDTH)]
    assert [m.words for m in refused.moments] == ["Queued", "Failed"]
    assert drawn(life("failed", started=1, finished=4)) == [
        ("queued", 0, 250),
        ("working", 250, 750),
    ]
    assert life("cancelled", started=1, finished=4).moments[-1].words == "Cancelled"


def test_an_open_request_lives_until_now() -> None:
    with at(NOON + timedelta(seconds=8)):
        assert life("queued").seconds == 8
        running = life("running", started=2)
    assert drawn(running) == [("queued", 0, 250), ("working", 250, 750)]
    assert [m.words for m in running.moments] == ["Queued", "Started"]


def test_a_moment_is_seen_and_the_picture_has_room_for_all() -> None:
    quick = drawn(life(started=0.001, first_byte=0.002, finished=100))
    assert quick[0] == ("queued", 0, LEAST)
    assert quick[-1][1] + quick[-1][2] <= WIDTH
    late = drawn(life(started=100, first_byte=100, finished=100))
    assert all(x + width <= WIDTH and width >= 0 for _, x, width in late)


def test_clocks_that_disagree_and_no_time_at_all() -> None:
    turned = life(started=-1, first_byte=2, finished=1)
    assert all(span.seconds >= 0 and span.width >= 0 for span in turned.spans)
    assert life(started=0, finished=0).seconds == 0


def test_durations_in_words() -> None:
    assert [spelt(seconds) for seconds in (0, 0.846, 59.9, 60, 305.4)] == [
        "0.00 s",
        "0.85 s",
        "59.90 s",
        "1 min 00 s",
        "5 min 05 s",
    ]


# --- bars -----------------------------------------------------------------------------------------
def test_bars_are_as_high_as_what_they_show() -> None:
    used = [
        Used(requests=n, failed=n // 2, cost_micros=10 * c) for n, c in [(4, 1), (0, 0), (2, 4)]
    ]
    days = [(date(2026, 11, n), each) for n, each in enumerate(used, start=1)]

    cost = chart.draw(days)
    assert [(bar.x, bar.y, bar.height) for bar in cost.bars] == [
        (0, 75, 25),
        (13, 100, 0),
        (26, 0, 100),
    ]
    assert (cost.width, cost.most, cost.most_in_words) == (36, 40, "$0.00004")
    assert [bar.day.day for bar in cost.busy] == [3, 1]

    requests = chart.draw(days, shows="requests")
    assert [(bar.height, bar.failed_height) for bar in requests.bars] == [
        (100, 50),
        (0, 0),
        (50, 25),
    ]
    assert requests.most_in_words == "4"


def test_a_little_is_seen_beside_much_and_nothing_is_nothing() -> None:
    day = date(2026, 11, 1)
    much, little = Used(requests=1, cost_micros=10**15), Used(requests=1, cost_micros=1)
    assert [bar.height for bar in chart.draw([(day, much), (day, little)]).bars] == [
        100,
        chart.LEAST,
    ]
    assert chart.draw([(day, Used())]).bars[0].height == 0
