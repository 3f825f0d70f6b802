"""What an account is told that it has."""

from __future__ import annotations

import pytest

from tests.wallet.cast import adjust, fund, take_hold
from wallet import services

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_a_balance_adds_up(rich, stranger):
    fund(stranger, 77)
    adjust(rich, -100_000)
    services.settle(job_id=take_hold(rich, 500).job_id, amount_micros=120)
    services.settle(job_id=take_hold(rich, 500).job_id, amount_micros=500)
    take_hold(rich, 1_000)

    now = services.balance(rich)

    assert now == services.Balance(posted_micros=899_380, held_micros=1_000, spent_micros=620)
    assert (now.available_micros, now.credited_micros) == (898_380, 900_000)
    assert services.balance(stranger) == services.Balance(posted_micros=77)


def test_a_balance_is_one_query(rich, django_assert_num_queries):
    with django_assert_num_queries(1):
        services.balance(rich)


def test_a_balance_asks_no_posting(rich, django_assert_num_queries):
    """Of a busy account there are a million."""
    with django_assert_num_queries(1) as asked:
        services.balance(rich)
    assert "posting" not in asked[0]["sql"]


def test_hold_and_settle_are_few_statements(rich, django_assert_max_num_queries):
    take_hold(rich, 10)  # begins the day's row
    with django_assert_max_num_queries(5):  # savepoint, hold, wallet, budgets, savepoint
        hold = take_hold(rich, 10)
    with django_assert_max_num_queries(9):
        services.settle(job_id=hold.job_id, amount_micros=10)
