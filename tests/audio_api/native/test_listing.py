"""Which rows a list answers with."""

from __future__ import annotations

from typing import Any

import pytest

from audio_api.native.listing import ListQuerySerializer


def window(**query: Any) -> slice:
    asked = ListQuerySerializer(data=query)
    asked.is_valid(raise_exception=True)
    return asked.window()


@pytest.mark.parametrize(
    ("query", "first", "end"),
    [
        ({}, 0, 50),
        ({"skip": "20", "limit": "10"}, 20, 30),
        ({"offset": "7"}, 7, 57),
        ({"skip": "1", "offset": "7"}, 7, 57),
        ({"limit": "100"}, 0, 100),
    ],
)
def test_a_window_of_a_list(query: dict[str, Any], first: int, end: int) -> None:
    assert window(**query) == slice(first, end)
