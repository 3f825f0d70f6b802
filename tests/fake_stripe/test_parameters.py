from __future__ import annotations

from typing import Any

import pytest
from stripe import params
from stripe.params import checkout

from fake_stripe.brackets import decode
from fake_stripe.errors import ApiError
from fake_stripe.parameters import check
from fake_stripe.routes import ROUTES

INTENT: Any = params.PaymentIntentCreateParams
SESSION: Any = checkout.SessionCreateParams


def refusal(form: str, shape: Any) -> tuple[str | None, str | None]:
    """Code and parameter of the error."""
    with pytest.raises(ApiError) as refused:
        check(decode(form), shape)
    assert refused.value.status == 400
    return refused.value.fields.get("code"), refused.value.fields.get("param")


def test_brackets_are_hashes_and_arrays() -> None:
    form = "a=1&b[c]=2&d[0][e]=3&d[1][e]=4&f[]=5&f[]=6&g=&h=%C3%BC"

    assert decode(form) == {
        "a": "1",
        "b": {"c": "2"},
        "d": [{"e": "3"}, {"e": "4"}],
        "f": ["5", "6"],
        "g": "",
        "h": "ü",
    }


@pytest.mark.parametrize("form", ["a[b=1", "[a]=1", "a=1&a[b]=2"])
def test_names_out_of_shape_are_refused(form: str) -> None:
    with pytest.raises(ApiError):
        decode(form)


def test_values_get_their_types() -> None:
    form = "amount=500&currency=usd&confirm=true&off_session=one_off&metadata[0]=a&metadata[b]=1"

    assert check(decode(form), INTENT) == {
        "amount": 500,
        "currency": "usd",
        "confirm": True,
        "off_session": "one_off",
        "metadata": {"0": "a", "b": "1"},
    }


def test_metadata_that_counts_stays_a_hash() -> None:
    checked = check(decode("amount=500&currency=usd&metadata[0]=a"), INTENT)

    assert checked["metadata"] == {"0": "a"}


@pytest.mark.parametrize(
    ("form", "param"),
    [
        ("payment_method_types[0]=card", "payment_method_types"),
        ("line_items[0][amount]=5", "line_items[0][amount]"),
        ("payment_intent_data[foo][bar]=5", "payment_intent_data[foo]"),
        ("api_key=sk_test_x", "api_key"),
    ],
)
def test_what_the_sdk_does_not_know_is_refused(form: str, param: str) -> None:
    assert refusal(form, SESSION) == ("parameter_unknown", param)


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ("currency=usd", "parameter_missing", "amount"),
        ("amount=5.5&currency=usd", "parameter_invalid_integer", "amount"),
        ("amount=--5&currency=usd", "parameter_invalid_integer", "amount"),
        ("amount=5&currency=usd&confirm=yes", None, "confirm"),
        ("amount=5&currency=", "parameter_invalid_empty", "currency"),
        ("amount[a]=5&currency=usd", None, "amount"),
        ("amount[0]=5&currency=usd", None, "amount"),
        ("amount=5&currency=usd&setup_future_usage=always", None, "setup_future_usage"),
        ("amount=5&currency=usd&automatic_payment_methods=true", None, "automatic_payment_methods"),
        ("amount=5&currency=usd&metadata[a][b]=1", None, "metadata[a]"),
        (f"amount=5&currency=usd&metadata[{'k' * 41}]=1", None, f"metadata[{'k' * 41}]"),
        (f"amount=5&currency=usd&metadata[k]={'v' * 501}", None, "metadata[k]"),
    ],
)
def test_values_that_do_not_fit_are_refused(form: str, code: str | None, param: str) -> None:
    assert refusal(form, INTENT) == (code, param)


def test_required_parts_of_a_part_are_required() -> None:
    form = "line_items[0][price_data][unit_amount]=5"

    assert refusal(form, SESSION) == ("parameter_missing", "line_items[0][price_data][currency]")


def test_times_may_be_exact_or_a_range() -> None:
    assert check(decode("created=5"), params.EventListParams) == {"created": 5}
    asked = check(decode("created[gte]=5&types[0]=a.b"), params.EventListParams)
    assert asked == {"created": {"gte": 5}, "types": ["a.b"]}


def test_every_call_of_the_table_can_be_judged() -> None:
    for route in ROUTES:
        with pytest.raises(ApiError):
            check({"no_such_parameter": "1"}, route.shape)
