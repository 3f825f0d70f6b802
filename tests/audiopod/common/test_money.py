"""Money to the last micro-dollar, in and out."""

from __future__ import annotations

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiopod.common import money
from audiopod.common.templatetags import money as filters

micros = st.integers(-(10**18), 10**18)


@pytest.mark.parametrize(
    ("duration_ms", "price", "cost"),
    [
        (0, 40_000, 0),
        (60_000, 40_000, 40_000),
        (1, 40_000, 1),  # 0.67 of a micro-dollar, rounded up
        (3, 40_000, 2),
        (3, 20_000, 1),
        (328_000, 100_000, 546_667),
        (5_601, 40_000, 3_734),
        (1, 0, 0),
        (10**12, 10**9, 10**21 // 60_000 + 1),
    ],
)
def test_a_cost_is_pro_rata_and_rounded_up_once(duration_ms, price, cost):
    assert money.cost_micros(duration_ms, price) == cost


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_cost_exceeds_the_exact_one_by_less_than_a_micro_dollar(duration_ms, price):
    exact = Fraction(duration_ms * price, 60_000)
    assert 0 <= money.cost_micros(duration_ms, price) - exact < 1


@given(st.lists(st.integers(0, 10**6), max_size=20), st.integers(0, 10**6))
def test_splitting_audio_never_makes_it_cheaper(parts, price):
    assert money.cost_micros(sum(parts), price) <= sum(money.cost_micros(p, price) for p in parts)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("5", 5_000_000),
        ("5.00", 5_000_000),
        (" $5.00 ", 5_000_000),
        ("$0.000001", 1),
        ("1,234.5", 1_234_500_000),
        ("0", 0),
        ("5.0000000", 5_000_000),
        ("1000000000", 10**15),
    ],
)
def test_dollars_are_read(text, amount):
    assert money.parse_usd(text) == amount


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not an amount"),
        ("five", "not an amount"),
        ("5 USD", "not an amount"),
        ("$", "not an amount"),
        ("1.2.3", "not an amount"),
        ("--5", "not an amount"),
        ("-5", "not an amount"),
        ("NaN", "not an amount"),
        ("Infinity", "not an amount"),
        ("0.0000001", "six decimals"),
    ],
)
def test_what_is_not_an_amount_is_refused(text, words):
    with pytest.raises(ValueError, match=words):
        money.parse_usd(text)


@given(st.text(max_size=40))
def test_any_text_is_an_amount_or_refused(text):
    with contextlib.suppress(ValueError):
        assert money.parse_usd(text) >= 0


@pytest.mark.parametrize(
    ("amount", "cents", "shown"),
    [
        (25_000_000, 2500, "$25.00"),
        (4_999_999, 499, "$4.99"),
        (9_999, 0, "$0.00"),
        (0, 0, "$0.00"),
        (12_345_000_000, 1_234_500, "$12,345.00"),
    ],
)
def test_a_balance_is_shown_rounded_down_to_the_cent(amount, cents, shown):
    assert money.whole_cents(amount) == cents
    assert money.usd(amount) == shown


@pytest.mark.parametrize(
    ("micros", "cents"), [(0, 0), (1, 1), (9_999, 1), (10_000, 1), (10_001, 2)]
)
def test_a_cost_is_shown_rounded_up_to_the_cent(micros, cents):
    assert money.cents_up(micros) == cents


def test_a_negative_amount_carries_its_sign_in_front():
    assert money.usd(-10_000) == "-$0.01"
    assert money.usd(-1_234_560_000) == "-$1,234.56"
    assert money.usd_plain(-1_234_560_000) == "-$1234.56"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "$0.00"),
        (3_734, "$0.003734"),
        (1, "$0.000001"),
        (5_000_000, "$5.00"),
        (1_500_000, "$1.50"),
        (-120, "-$0.00012"),
        (1_234_567_890_000, "$1,234,567.89"),
    ],
)
def test_an_exact_amount_keeps_every_digit(amount, shown):
    assert money.usd_exact(amount) == shown


@given(micros)
def test_what_is_shown_exactly_reads_back(amount):
    shown = money.usd_exact(amount)
    assert money.parse_usd(shown.removeprefix("-")) == abs(amount)
    assert shown.startswith("-") == (amount < 0)


@given(st.integers(0, 10**18))
def test_a_balance_is_never_shown_larger_than_it_is(amount):
    shown = money.parse_usd(money.usd(amount))
    assert 0 <= amount - shown < money.MICROS_PER_CENT


def test_templates_have_both():
    assert filters.register.filters["usd"](5_000_000) == "$5.00"
    assert filters.register.filters["usd_exact"](1) == "$0.000001"
