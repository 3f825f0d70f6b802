"""Credit and holds."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from tests.clock import at
from tests.wallet.cast import fund, outlive, take_hold
from tests.wallet.machine.scenario import Call, indebted, limited_key, scenario
from wallet import services
from wallet.models import Hold, PromoCode


# --- credit -----------------------------------------------------------------------------------
def _booking(micros: int) -> dict[str, Any]:
    said = {"reason": "a test", "actor": "command:test", "idempotency_key": "once"}
    return {"amount_micros": micros, **said}


@scenario()
def grant(user: User) -> Call:
    return lambda: services.grant(user=user, **_booking(700))


@scenario()
def grant_that_pays_a_debt(user: User) -> Call:
    indebted(user)
    return lambda: services.grant(user=user, **_booking(600_000))


@scenario()
def adjust_down(user: User) -> Call:
    fund(user, 1_000)
    return lambda: services.adjust(user=user, **_booking(-700))


@scenario(again=services.PromoRefused)
def redeem(user: User) -> Call:
    PromoCode.objects.create(code="WELCOME", amount_micros=5, reason="a test", max_redemptions=1)
    return lambda: services.redeem(user=user, code="WELCOME")


# --- holds ------------------------------------------------------------------------------------
@scenario()
def hold(user: User) -> Call:
    fund(user, 1_000)
    job_id = uuid.uuid4()
    return lambda: services.hold(user=user, job_id=job_id, amount_micros=700, seconds=60)


@scenario()
def hold_within_budgets(user: User) -> Call:
    """The first of its month and day: of all time, another one was counted before."""
    key = limited_key(user)
    fund(user, 1_000)
    with at(timezone.now() - timedelta(days=40)):
        services.hold(user=user, api_key=key, job_id=uuid.uuid4(), amount_micros=1, seconds=60)
    # not overdue, whatever the day
    Hold.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    job_id = uuid.uuid4()
    return lambda: services.hold(
        user=user, api_key=key, job_id=job_id, amount_micros=700, seconds=60
    )


@scenario()
def settle(user: User) -> Call:
    return _settle(user, 500)


@scenario()
def settle_for_nothing(user: User) -> Call:
    return _settle(user, 0)


@scenario()
def settle_in_debt(user: User) -> Call:
    job_id = indebted(user)
    return lambda: services.settle(job_id=job_id, amount_micros=300_000)


def _settle(user: User, micros: int) -> Call:
    key = limited_key(user)
    fund(user, 1_000)
    job_id = uuid.uuid4()
    services.hold(user=user, api_key=key, job_id=job_id, amount_micros=700, seconds=60)
    return lambda: services.settle(job_id=job_id, amount_micros=micros)


@scenario()
def release(user: User) -> Call:
    fund(user, 1_000)
    job_id = take_hold(user, 700).job_id
    return lambda: services.release(job_id=job_id)


@scenario()
def release_in_debt(user: User) -> Call:
    job_id = indebted(user)
    return lambda: services.release(job_id=job_id)


@scenario()
def expire(user: User) -> Call:
    fund(user, 1_000)
    late = take_hold(user, 700)
    outlive(late)
    return lambda: services.expire(job_id=late.job_id)
