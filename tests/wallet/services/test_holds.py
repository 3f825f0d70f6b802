"""One hold from its making to its end, and every way that is refused."""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import ApiKey
from tests.wallet.cast import fund, legs, money_of, outlive, take_hold
from wallet import services
from wallet.models import Hold, JournalEntry

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_a_hold_sets_money_aside(rich):
    key = ApiKey.objects.create(user=rich, name="k", digest=b"d", pepper_id="p")
    before = timezone.now()
    job = uuid.uuid4()

    hold = services.hold(user=rich, job_id=job, amount_micros=300, seconds=90, api_key=key)

    assert (hold.job_id, hold.api_key, hold.state) == (job, key, "open")
    assert before + timedelta(seconds=90) <= hold.expires_at
    assert hold.expires_at <= timezone.now() + timedelta(seconds=90)
    assert money_of(rich) == (1_000_000, 300)
    assert services.available(rich) == 999_700


def test_a_hold_may_take_the_last_micro_dollar_and_no_more(rich):
    take_hold(rich, 999_999)
    with pytest.raises(services.InsufficientBalance) as refused:
        take_hold(rich, 2)
    assert (refused.value.required_micros, refused.value.available_micros) == (2, 1)
    take_hold(rich, 1)
    assert money_of(rich) == (1_000_000, 1_000_000)


def test_a_refused_hold_says_what_is_missing_in_dollars(user):
    fund(user, 250_000)
    with pytest.raises(services.InsufficientBalance, match=r"Required: \$0.50, Available: \$0.25"):
        take_hold(user, 500_000)
    assert not Hold.objects.exists()


def test_an_account_without_a_wallet_cannot_hold(user):
    with pytest.raises(services.InsufficientBalance) as refused:
        take_hold(user, 1)
    assert refused.value.available_micros == 0


@pytest.mark.parametrize("amount", [0, -1, 10**30])
def test_a_hold_is_positive(rich, amount):
    with pytest.raises(ValueError, match="between 1 and"):
        take_hold(rich, amount)


def test_the_same_job_keeps_its_first_hold(rich):
    first = take_hold(rich, 10)
    again = services.hold(user=rich, job_id=first.job_id, amount_micros=10, seconds=1)
    assert (again.pk, again.expires_at) == (first.pk, first.expires_at)
    assert money_of(rich) == (1_000_000, 10)


def test_the_same_job_cannot_hold_another_amount_or_account(rich, stranger):
    fund(stranger, 10)
    first = take_hold(rich, 10)
    for who, amount in [(rich, 11), (stranger, 10)]:
        with pytest.raises(services.HoldConflict, match=str(first.job_id)):
            services.hold(user=who, job_id=first.job_id, amount_micros=amount, seconds=1)
    assert (money_of(rich), money_of(stranger)) == ((1_000_000, 10), (10, 0))


def test_a_refused_hold_leaves_the_callers_transaction_usable(rich):
    with transaction.atomic():
        with pytest.raises(services.InsufficientBalance):
            take_hold(rich, 2_000_000)
        take_hold(rich, 7)
    assert money_of(rich) == (1_000_000, 7)


def test_settling_charges_the_cost_and_gives_back_the_rest(rich):
    hold = take_hold(rich, 500)

    settled = services.settle(job_id=hold.job_id, amount_micros=120, request_id="req_1")

    assert (settled.state, settled.settled_micros) == ("settled", 120)
    assert settled.closed_at is not None
    entry = settled.journal_entry
    assert (entry.kind, entry.actor, entry.request_id) == ("settlement", "worker", "req_1")
    assert legs(entry) == [
        ("customer", rich.pk, -120, 2, 999_880),
        ("revenue", None, 120, None, None),
    ]
    assert money_of(rich) == (999_880, 0)


def test_a_hold_tells_for_ever_what_was_sold_and_at_which_price(rich):
    job = uuid.uuid4()
    held = services.hold(
        user=rich,
        job_id=job,
        amount_micros=500,
        seconds=60,
        service="toy_service",
        price_micros_per_minute=1_000,
    )
    assert held.billed_ms is None

    services.settle(job_id=job, amount_micros=120, billed_ms=7_200)
    services.settle(job_id=job, amount_micros=130, billed_ms=7_800)

    kept = Hold.objects.get(job_id=job)
    assert (kept.service, kept.price_micros_per_minute, kept.billed_ms) == (
        "toy_service",
        1_000,
        7_200,
    )
    assert kept.journal_entry.reason == ""


def test_what_costs_nothing_bills_nothing(rich):
    hold = take_hold(rich, 500)
    assert services.settle(job_id=hold.job_id, amount_micros=0, billed_ms=60).billed_ms is None


def test_a_length_is_not_negative(rich):
    hold = take_hold(rich, 500)
    with pytest.raises(ValueError, match="-1 ms"):
        services.settle(job_id=hold.job_id, amount_micros=1, billed_ms=-1)
    assert money_of(rich) == (1_000_000, 500)


def test_settling_again_changes_nothing_whatever_the_amount(rich):
    hold = take_hold(rich, 500)
    services.settle(job_id=hold.job_id, amount_micros=120)
    for amount in (120, 130, 0, 501):
        again = services.settle(job_id=hold.job_id, amount_micros=amount)
        assert (again.state, again.settled_micros) == ("settled", 120)
    assert money_of(rich) == (999_880, 0)
    assert JournalEntry.objects.filter(kind="settlement").count() == 1


def test_a_cost_of_nothing_releases(rich):
    hold = take_hold(rich, 500)
    assert services.settle(job_id=hold.job_id, amount_micros=0).state == "released"
    assert services.settle(job_id=hold.job_id, amount_micros=0).state == "released"
    assert money_of(rich) == (1_000_000, 0)


@pytest.mark.parametrize("amount", [501, 10**30])
def test_a_settlement_never_exceeds_the_hold(rich, amount):
    hold = take_hold(rich, 500)
    with pytest.raises(ValueError, match="at most the hold"):
        services.settle(job_id=hold.job_id, amount_micros=amount)
    assert money_of(rich) == (1_000_000, 500)


def test_a_cost_is_not_negative(rich):
    hold = take_hold(rich, 500)
    with pytest.raises(ValueError, match="not negative"):
        services.settle(job_id=hold.job_id, amount_micros=-1)


def test_release_gives_everything_back_once(rich):
    hold = take_hold(rich, 500)
    assert services.release(job_id=hold.job_id).state == "released"
    assert services.release(job_id=hold.job_id).state == "released"
    assert money_of(rich) == (1_000_000, 0)


def test_what_is_settled_is_not_released(rich):
    hold = take_hold(rich, 500)
    services.settle(job_id=hold.job_id, amount_micros=500)
    with pytest.raises(services.HoldClosed) as refused:
        services.release(job_id=hold.job_id)
    assert refused.value.state == "settled"
    assert money_of(rich) == (999_500, 0)


def test_a_late_settlement_is_refused_and_logged(rich, caplog):
    released, expired = take_hold(rich, 500), take_hold(rich, 500)
    services.release(job_id=released.job_id)
    outlive(expired)
    services.expire(job_id=expired.job_id)
    caplog.clear()

    for hold, state in [(released, "released"), (expired, "expired")]:
        with caplog.at_level(logging.WARNING), pytest.raises(services.HoldClosed) as refused:
            services.settle(job_id=hold.job_id, amount_micros=3)
        assert refused.value.state == state
        assert f"Job {hold.job_id} not charged 3: {state}." in caplog.messages
    assert money_of(rich) == (1_000_000, 0)


@pytest.mark.parametrize("call", [services.release, services.expire])
def test_a_job_without_a_hold_is_an_error(db, call):
    with pytest.raises(Hold.DoesNotExist):
        call(job_id=uuid.uuid4())
    with pytest.raises(Hold.DoesNotExist):
        services.settle(job_id=uuid.uuid4(), amount_micros=1)


def test_settling_is_undone_with_the_callers_transaction(rich):
    hold = take_hold(rich, 500)

    with transaction.atomic():
        services.settle(job_id=hold.job_id, amount_micros=500)
        transaction.set_rollback(True)

    assert money_of(rich) == (1_000_000, 500)
    assert services.settle(job_id=hold.job_id, amount_micros=1).settled_micros == 1


def test_a_refused_settlement_leaves_the_callers_transaction_usable(rich):
    hold = take_hold(rich, 500)
    services.release(job_id=hold.job_id)
    with transaction.atomic():
        with pytest.raises(services.HoldClosed):
            services.settle(job_id=hold.job_id, amount_micros=1)
        fund(rich, 1)
    assert money_of(rich) == (1_000_001, 0)


def test_only_open_holds_past_their_time_are_overdue(rich):
    late, later, closed, _fresh = (take_hold(rich, 10) for _ in range(4))
    services.release(job_id=closed.job_id)
    for hold, seconds in [(late, 9), (later, 1), (closed, 5)]:
        past = timezone.now() - timedelta(seconds=seconds)
        Hold.objects.filter(pk=hold.pk).update(expires_at=past)
    assert list(services.overdue()) == [late, later]


def test_expiry_gives_an_overdue_hold_back_once(rich):
    hold = take_hold(rich, 500)
    outlive(hold)
    assert services.expire(job_id=hold.job_id).state == "expired"
    assert services.expire(job_id=hold.job_id).state == "expired"
    assert services.release(job_id=hold.job_id).state == "expired"
    assert money_of(rich) == (1_000_000, 0)


def test_a_hold_that_was_extended_meanwhile_does_not_expire(rich):
    hold = take_hold(rich, 500)
    outlive(hold)
    assert services.extend(job_id=hold.job_id, seconds=60)
    assert services.expire(job_id=hold.job_id).state == "open"
    assert money_of(rich) == (1_000_000, 500)


def test_extending_never_shortens(rich):
    hold = take_hold(rich, 500, seconds=600)
    assert services.extend(job_id=hold.job_id, seconds=60)
    assert Hold.objects.get(pk=hold.pk).expires_at == hold.expires_at
    assert services.extend(job_id=hold.job_id, seconds=900)
    assert Hold.objects.get(pk=hold.pk).expires_at > hold.expires_at


def test_a_closed_or_unknown_hold_cannot_be_extended(rich):
    hold = take_hold(rich, 500)
    services.release(job_id=hold.job_id)
    assert not services.extend(job_id=hold.job_id, seconds=60)
    assert not services.extend(job_id=uuid.uuid4(), seconds=60)


def test_a_hold_is_lowered_and_never_raised(rich):
    hold = take_hold(rich, 500)
    assert services.lower(job_id=hold.job_id, amount_micros=200).amount_micros == 200
    assert money_of(rich) == (1_000_000, 200)
    assert services.lower(job_id=hold.job_id, amount_micros=300).amount_micros == 200
    with pytest.raises(ValueError, match="more than its hold of 200"):
        services.settle(job_id=hold.job_id, amount_micros=201)
    services.settle(job_id=hold.job_id, amount_micros=150)
    assert money_of(rich) == (999_850, 0)
    closed = services.lower(job_id=hold.job_id, amount_micros=10)
    assert (closed.state, closed.amount_micros) == ("settled", 200)
    assert money_of(rich) == (999_850, 0)


@pytest.mark.parametrize("amount", [0, -1])
def test_a_hold_is_not_lowered_to_nothing(rich, amount):
    hold = take_hold(rich, 500)
    with pytest.raises(ValueError, match="between 1 and"):
        services.lower(job_id=hold.job_id, amount_micros=amount)
    with pytest.raises(Hold.DoesNotExist):
        services.lower(job_id=uuid.uuid4(), amount_micros=1)
