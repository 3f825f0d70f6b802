"""What is typed and chosen: dollars become micro-dollars, and a filter may be left out."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from audiopod.common.fields import FilterField, UsdField


@pytest.mark.parametrize(
    ("typed", "micros"),
    [("5", 5_000_000), (" $1,250.50 ", 1_250_500_000), ("0.000001", 1), ("0", 0), ("", None)],
)
def test_dollars_become_micro_dollars_and_back(typed: str, micros: int | None) -> None:
    field = UsdField(required=False)
    assert field.clean(typed) == micros
    assert field.clean(field.prepare_value(micros)) == micros


@pytest.mark.parametrize("typed", ["-5", "5 dollars", "0.0000001", "9" * 31])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        UsdField().clean(typed)


def test_a_sign_is_understood_only_where_it_has_a_meaning() -> None:
    assert UsdField(signed=True).clean("-5.00") == -5_000_000


@pytest.mark.parametrize(
    ("initial", "typed", "changed"),
    [(5_000_000, "$5", False), (5_000_000, "6", True), (None, "", False), (5, "nonsense", True)],
)
def test_another_spelling_is_no_change(initial: Any, typed: str, changed: bool) -> None:
    assert UsdField().has_changed(initial, typed) is changed


def test_a_filter_offers_all_first_and_takes_nothing_else() -> None:
    field = FilterField("Kind", [("speech", "Speech")])
    assert [value for value, _label in field.choices] == ["", "speech"]
    assert (field.clean(""), field.clean("speech")) == ("", "speech")
    with pytest.raises(ValidationError):
        field.clean("music")
