"""Budgets of a key's month and total and of an account's day, counted with every hold."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from django.utils import timezone

from accounts.models import ApiKey, User
from tests.wallet.cast import fund, money_of, outlive
from wallet import services
from wallet.models import Hold, Spending
from wallet.services import budgets

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def key(rich: User) -> ApiKey:
    return ApiKey.objects.create(user=rich, name="k", digest=b"k", pepper_id="p")


def take(key: ApiKey | None, user: User, micros: int) -> Hold:
    return services.hold(
        user=user, job_id=uuid.uuid4(), amount_micros=micros, seconds=60, api_key=key
    )


def counted(key: ApiKey | None, user: User) -> dict[str, tuple[int, int]]:
    """What is held and spent, for each kind of period."""
    rows = Spending.objects.filter(user=user, api_key=key)
    kinds = {5: "total", 7: "month", 10: "day"}
    return {kinds[len(row.period)]: (row.held_micros, row.spent_micros) for row in rows}


def test_holds_count_from_their_making_to_their_end(rich, key):
    settled, released, late = (take(key, rich, 100) for _ in range(3))
    assert counted(key, rich) == {"total": (300, 0), "month": (300, 0)}
    assert counted(None, rich) == {"day": (300, 0)}

    services.settle(job_id=settled.job_id, amount_micros=60)
    services.release(job_id=released.job_id)
    outlive(late)
    services.expire(job_id=late.job_id)

    assert counted(key, rich) == {"total": (0, 60), "month": (0, 60)}
    assert counted(None, rich) == {"day": (0, 60)}


def test_a_lowered_hold_counts_for_less(rich, key):
    held = take(key, rich, 100)
    services.lower(job_id=held.job_id, amount_micros=30)
    assert counted(key, rich) == {"total": (30, 0), "month": (30, 0)}
    assert counted(None, rich) == {"day": (30, 0)}
    services.settle(job_id=held.job_id, amount_micros=20)
    assert counted(key, rich) == {"total": (0, 20), "month": (0, 20)}


def test_without_a_key_only_the_day_of_the_account_counts(rich):
    take(None, rich, 100)
    assert Spending.objects.count() == 1
    assert counted(None, rich) == {"day": (100, 0)}


@pytest.mark.parametrize("name", ["total", "monthly"])
def test_a_key_spends_its_budget_and_no_more(rich, key, name):
    setattr(key, f"{name}_limit_micros", 250)
    services.settle(job_id=take(key, rich, 100).job_id, amount_micros=100)
    take(key, rich, 100)

    with pytest.raises(services.BudgetExceeded) as refused:
        take(key, rich, 51)

    error = refused.value
    assert (error.budget, error.limit_micros, error.left_micros) == (name, 250, 50)
    assert error.required_micros == 51
    take(key, rich, 50)
    assert money_of(rich) == (999_900, 150)


def test_a_refused_hold_leaves_no_trace(rich, key):
    key.monthly_limit_micros = 10
    with pytest.raises(services.BudgetExceeded):
        take(key, rich, 11)
    assert not Hold.objects.exists()
    assert not Spending.objects.exists()
    assert money_of(rich) == (1_000_000, 0)


def test_a_refusal_by_one_budget_counts_in_none(rich, key):
    take(key, rich, 10)
    key.monthly_limit_micros = 15
    with pytest.raises(services.BudgetExceeded):
        take(key, rich, 10)
    assert counted(key, rich) == {"total": (10, 0), "month": (10, 0)}
    assert counted(None, rich) == {"day": (10, 0)}


def test_the_days_budget_is_of_all_keys_together(rich, key):
    other = ApiKey.objects.create(user=rich, name="o", digest=b"o", pepper_id="p")
    rich.daily_limit_micros = 250
    take(key, rich, 100)
    take(other, rich, 100)
    with pytest.raises(services.BudgetExceeded) as refused:
        take(None, rich, 100)
    assert (refused.value.budget, refused.value.left_micros) == ("daily", 50)


def test_the_budget_that_lasts_longest_is_not_named_when_a_narrower_one_is_short(rich, key):
    key.total_limit_micros, key.monthly_limit_micros = 80, 40
    with pytest.raises(services.BudgetExceeded) as refused:
        take(key, rich, 100)
    assert refused.value.budget == "monthly"


def test_no_budget_at_all_is_no_limit_and_zero_is_nothing(rich, key):
    take(key, rich, 900_000)
    key.total_limit_micros = 0
    with pytest.raises(services.BudgetExceeded):
        take(key, rich, 1)


def test_a_budget_set_later_knows_what_was_spent_before(rich, key):
    services.settle(job_id=take(key, rich, 300).job_id, amount_micros=300)
    key.monthly_limit_micros = 350
    with pytest.raises(services.BudgetExceeded):
        take(key, rich, 51)
    take(key, rich, 50)


def test_a_budget_lowered_below_what_was_spent_refuses_and_breaks_nothing(rich, key):
    open_hold = take(key, rich, 300)
    key.monthly_limit_micros = 100
    with pytest.raises(services.BudgetExceeded) as refused:
        take(key, rich, 1)
    assert refused.value.left_micros == 0
    services.settle(job_id=open_hold.job_id, amount_micros=300)
    assert counted(key, rich)["month"] == (0, 300)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch):
    def at(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)
        field = Hold._meta.get_field("created_at")
        monkeypatch.setattr(field, "_get_default", lambda: moment)

    return at


def test_a_new_day_and_a_new_month_begin_at_nothing(rich, key, clock):
    rich.daily_limit_micros, key.monthly_limit_micros = 100, 200
    clock(datetime(2027, 1, 30, 23, 59, 59, tzinfo=UTC))
    late = take(key, rich, 100)
    with pytest.raises(services.BudgetExceeded) as refused:
        take(key, rich, 1)
    assert refused.value.resets_at == datetime(2027, 1, 31, tzinfo=UTC)

    clock(datetime(2027, 1, 31, tzinfo=UTC))
    services.settle(job_id=take(key, rich, 100).job_id, amount_micros=100)
    clock(datetime(2027, 1, 31, 12, tzinfo=UTC))
    rich.daily_limit_micros = None
    with pytest.raises(services.BudgetExceeded) as refused:
        take(key, rich, 1)
    assert refused.value.budget == "monthly"
    assert refused.value.resets_at == datetime(2027, 2, 1, tzinfo=UTC)

    clock(datetime(2027, 2, 1, tzinfo=UTC))
    take(key, rich, 200)
    services.settle(job_id=late.job_id, amount_micros=70)
    january = Spending.objects.get(api_key=key, period="2027-01")
    assert (january.held_micros, january.spent_micros) == (0, 170)
    assert Spending.objects.get(user=rich, period="2027-01-30").spent_micros == 70


def test_a_hold_outlives_its_key(rich, key):
    hold = take(key, rich, 100)
    key.delete()
    services.settle(job_id=hold.job_id, amount_micros=40)
    assert counted(None, rich) == {"day": (0, 40)}


def test_who_has_used_a_budget_up_is_refused_before_any_work(rich, key):
    services.require_funds(rich, key)
    key.total_limit_micros = 100
    services.require_funds(rich, key)
    take(key, rich, 100)
    with pytest.raises(services.BudgetExceeded):
        services.require_funds(rich, key)
    services.require_funds(rich, None)


def test_the_same_job_again_counts_once(rich, key):
    hold = take(key, rich, 100)
    services.hold(user=rich, job_id=hold.job_id, amount_micros=100, seconds=60, api_key=key)
    assert counted(key, rich)["total"] == (100, 0)


def test_another_accounts_spending_is_its_own(rich, stranger):
    fund(stranger, 100)
    rich.daily_limit_micros = 50
    take(None, stranger, 100)
    take(None, rich, 50)
    assert counted(None, stranger) == {"day": (100, 0)}


def test_a_month_after_december_is_january():
    assert budgets._describe("2026-12", datetime(2026, 12, 31, tzinfo=UTC)) == (
        "monthly",
        datetime(2027, 1, 1, tzinfo=UTC),
    )
