"""The name of a job in the shape of a UUID."""

from __future__ import annotations

import uuid

import pytest

from audio_api.models.job import NUMBERS
from audio_api.native.task_ids import number_in, task_id


@pytest.mark.parametrize("number", [0, NUMBERS.start, NUMBERS.stop - 1])
def test_a_number_is_a_uuid_and_back(number: int) -> None:
    named = task_id(number)
    assert (named.version, named.variant) == (8, uuid.RFC_4122)
    assert number_in(uuid.UUID(str(named))) == number


def test_another_uuid_is_no_number() -> None:
    assert number_in(uuid.uuid4()) is None
    assert number_in(uuid.UUID(int=7)) is None
