"""JSON is taken at its word."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from audiopod.common.strict import StrictCharField, StrictFloatField, StrictIntegerField


@pytest.mark.parametrize(
    ("field", "sent", "taken"),
    [
        (StrictCharField(), " a word ", "a word"),
        (StrictIntegerField(), 5, 5),
        (StrictIntegerField(), 5.0, 5),
        (StrictIntegerField(), -(10**30), -(10**30)),
        (StrictFloatField(), 5, 5.0),
        (StrictFloatField(), 0.25, 0.25),
    ],
)
def test_what_is_of_the_right_kind_is_taken(field: Any, sent: Any, taken: Any) -> None:
    value = field.run_validation(sent)
    assert value == taken
    assert type(value) is type(taken)


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        *((StrictCharField(), sent) for sent in (5, 0.5, True, [], {}, None, "")),
        *((StrictIntegerField(), sent) for sent in ("5", 5.5, True, [], None, float("inf"))),
        *((StrictFloatField(), sent) for sent in ("5", True, [], None, 10**400)),
    ],
)
def test_what_is_of_another_kind_is_refused(field: Any, sent: Any) -> None:
    with pytest.raises(ValidationError):
        field.run_validation(sent)
