"""Months are counted in UTC, whatever the clock on the wall says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from audiopod.common.months import Month, months_back


def test_a_month_and_its_neighbours() -> None:
    december = Month.parse("2026-12")

    assert str(december) == "2026-12"
    assert december.start == datetime(2026, 12, 1, tzinfo=UTC)
    assert december.end == datetime(2027, 1, 1, tzinfo=UTC)
    assert december.next.previous == december
    assert str(Month.parse("2026-01").previous) == "2025-12"


@pytest.mark.parametrize(
    "text",
    ["", "2026-00", "2026-13", "2026-1", "26-11", "2026-11 ", "\u0662026-11", "0999-01", "x"],
)
def test_what_is_no_month(text: str) -> None:
    with pytest.raises(ValueError, match="is not a month, such as 2026-11"):
        Month.parse(text)


def test_a_moment_is_in_its_month_of_utc() -> None:
    in_auckland = datetime(2026, 12, 1, 9, tzinfo=timezone(timedelta(hours=13)))
    assert Month.of(in_auckland) == Month(2026, 11)


def test_months_back_to_the_first() -> None:
    since, until = datetime(2025, 11, 30, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)

    found = [str(month) for month in months_back(until=until, since=since)]

    assert found == ["2026-02", "2026-01", "2025-12", "2025-11"]
    assert list(months_back(until=since, since=until)) == []
