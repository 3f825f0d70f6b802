"""Parts of files, as the `Range` header asks for them."""

from __future__ import annotations

import pytest

from audiopod.common.ranges import (
    RangeNotSatisfiable,
    asked_range,
    content_range,
    unsatisfied_range,
)

SIZE = 1000


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", range(1)),
        ("bytes=0-499", range(500)),
        ("bytes=500-", range(500, 1000)),
        ("bytes=999-", range(999, 1000)),
        ("bytes=0-", range(1000)),
        ("bytes=-1", range(999, 1000)),
        ("bytes=-1000", range(1000)),
        ("bytes=-5000", range(1000)),
        ("bytes=990-5000", range(990, 1000)),
        ("bytes=990-999999999999999999", range(990, 1000)),
        ("Bytes= 1-2 ", range(1, 3)),
    ],
)
def test_a_part(header: str, part: range) -> None:
    assert asked_range(header, SIZE) == part


@pytest.mark.parametrize(
    "header", [None, "", "items=0-1", "bytes", "bytes=0-1,5-6", "bytes=0-1, -1"]
)
def test_what_is_not_one_range_of_bytes_is_the_whole(header: str | None) -> None:
    assert asked_range(header, SIZE) is None


@pytest.mark.parametrize(
    "header",
    [
        *("bytes=1000-", "bytes=1000-2000", "bytes=-0", "bytes=-", "bytes=", "bytes=5-2"),
        *("bytes=a-b", "bytes=--5", "bytes=1-2-3", "bytes=0x1-", "bytes=٣-", "bytes=+1-2"),
        f"bytes={'9' * 5000}-",
    ],
)
def test_what_no_file_of_this_size_has_is_refused(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        asked_range(header, SIZE)


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-1", "bytes=0-0"])
def test_an_empty_file_has_no_part(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        asked_range(header, 0)


def test_what_the_answer_says() -> None:
    assert content_range(range(5, 10), SIZE) == "bytes 5-9/1000"
    assert unsatisfied_range(SIZE) == "bytes */1000"
