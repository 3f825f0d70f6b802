"""The account itself: its keys, its jobs, and money that adds up to the micro-dollar."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from django.db import transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import ApiKey, User
from audio_api import registry
from audio_api.jobs.days import taken_ms
from audio_api.models import Job, UsageDay
from audiopod.common import money
from dashboard.sample.jobs import Caller, Jobs
from dashboard.sample.rhythm import moments
from voices.models import VoiceProfile
from wallet import pricing
from wallet import services as wallet
from wallet.models import Topup
from wallet.offers import Basis

DAYS = 90
ROWS_AT_ONCE = 500
MICROS = money.MICROS_PER_USD
STARTER_MICROS = 1 * MICROS
REFILL_BELOW_MICROS, REFILL_CENTS = 4 * MICROS, 2500
ACTOR = "command:seed_demo"
VOICES = ("alloy", "nova", "echo", "shimmer")
"""Where this server offers no voice."""
MOST_VOICES = 7


class AccountExists(Exception):
    """An account has this address already."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The account that was made."""

    user: User
    requests: int
    spent_micros: int
    posted_micros: int


@transaction.atomic
def make(*, email: str, password: str | None, requests: int, seed: int, days: int = DAYS) -> Sample:
    """Make an account with so many requests in the last `days`. The same seed makes the same.

    Raises AccountExists, and pricing.NoRate where a service has no price.
    """
    if User.objects.filter(email=email.strip().lower()).exists():
        raise AccountExists(f"There is an account {email} already: choose another address.")
    until = timezone.now()
    random = Random(f"{seed} {email}")  # noqa: S311 - nothing secret comes of it
    user = User.objects.create_user(
        email, password, first_name="Dana", last_name="Moreau",
        date_joined=until - timedelta(days=days + 2),
    )  # fmt: skip
    prices = {s.kind: pricing.price_now(s.offer.service_type) for s in registry.services()}
    plan = Jobs(random, user, _callers(user, until, days), _voices(), prices)
    jobs = [plan.at(at) for at in moments(random, until=until, days=days, count=requests)]
    topups = _topups(random, user, jobs)
    wallet.write_history(
        user, grants=[_starter(user)], topups=topups, charges=[_charge(job) for job in jobs]
    )
    Job.objects.bulk_create(jobs, batch_size=ROWS_AT_ONCE)
    UsageDay.objects.bulk_create(_days(jobs), batch_size=ROWS_AT_ONCE)
    _note_last_use(jobs)
    spent = sum(job.cost_micros for job in jobs)
    return Sample(user, len(jobs), spent, wallet.available(user))


def _voices() -> list[tuple[str, int]]:
    """A favourite, some others, and seldom a few more."""
    offered = VoiceProfile.objects.offered().public().order_by("name")
    names = list(dict.fromkeys(offered.values_list("name", flat=True))) or list(VOICES)
    apart = max(1, len(names) // MOST_VOICES)
    return [(name, 64 >> place) for place, name in enumerate(names[::apart][:MOST_VOICES])]


# --- keys -----------------------------------------------------------------------------------
def _callers(user: User, until: datetime, days: int) -> list[Caller]:
    """Keys of every sort: busy, limited, old, over, and new."""
    began = until - timedelta(days=days + 1)
    ended, ran_out = until - timedelta(days=days * 0.4), until - timedelta(days=days * 0.2)
    budget = accounts.KeyLimits(monthly_limit_micros=50 * MICROS, requests_per_minute=120)
    new = until - timedelta(days=days * 0.1)
    old = _key(user, "First prototype", began, revoked_at=ended)
    lent = _key(user, "Contractor, until the end of the sprint", began, expires_at=ran_out)
    everything = registry.services()
    listens = [service for service in everything if service.offer.basis is Basis.INPUT]
    speaks = [service for service in everything if service.has_voices]
    scopes = sorted({service.scope for service in listens})
    return [
        Caller(_key(user, "Production", began), 52, everything),
        Caller(_key(user, "Podcast pipeline", began, scopes=scopes), 18, listens),
        Caller(_key(user, "Staging", began, limits=budget), 12, everything),
        Caller(_key(user, "Mobile app", new), 14, speaks, first=new),
        Caller(old, 30, everything, last=ended),
        Caller(lent, 8, everything, last=ran_out),
        Caller(None, 5, everything),
    ]


def _key(
    user: User,
    name: str,
    created_at: datetime,
    *,
    scopes: Sequence[str] = (),
    limits: accounts.KeyLimits | None = None,
    revoked_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> ApiKey:
    """A key whose token is not shown to anybody."""
    key, _ = accounts.create_api_key(user=user, name=name, scopes=scopes, limits=limits)
    past = {"created_at": created_at, "revoked_at": revoked_at, "expires_at": expires_at}
    ApiKey.objects.filter(pk=key.pk).update(**past)
    key.refresh_from_db()
    return key


def _note_last_use(jobs: Iterable[Job]) -> None:
    last = {job.api_key_id: job.created_at for job in jobs if job.api_key_id}
    for key_id, moment in last.items():
        ApiKey.objects.filter(pk=key_id).update(
            last_used_at=moment, last_used_address="203.0.113.7"
        )


# --- money ----------------------------------------------------------------------------------
def _starter(user: User) -> wallet.PastGrant:
    return wallet.PastGrant(
        at=user.date_joined, amount_micros=STARTER_MICROS, reason="Starter credit", actor=ACTOR
    )


def _charge(job: Job) -> wallet.PastCharge:
    assert job.finished_at is not None  # noqa: S101 - every one of them is over
    return wallet.PastCharge(
        job_id=job.id,
        api_key=job.api_key,
        service=registry.get(job.kind).offer.service_type,
        price_micros_per_minute=job.price_micros_per_minute,
        held_micros=job.held_micros,
        cost_micros=job.cost_micros,
        billed_ms=job.audio_ms,
        created_at=job.created_at,
        closed_at=job.finished_at,
        request_id=job.request_id,
    )


def _topups(random: Random, user: User, jobs: Iterable[Job]) -> list[Topup]:
    """One when the account began, more whenever little was left, and two that came to nothing."""
    topups = [_topup(random, user, user.date_joined + timedelta(hours=3), cents=1000)]
    left = STARTER_MICROS + topups[0].amount_micros
    for job in sorted(jobs, key=lambda job: (job.finished_at, job.id)):
        assert job.finished_at is not None  # noqa: S101 - every one of them is over
        while left - job.cost_micros < REFILL_BELOW_MICROS:
            before = job.finished_at - timedelta(seconds=2)
            topups.append(_topup(random, user, before, kind=Topup.Kind.AUTO))
            left += topups[-1].amount_micros
        left -= job.cost_micros
    for status, error in ((Topup.Status.EXPIRED, ""), (Topup.Status.FAILED, "Card declined.")):
        created = user.date_joined + timedelta(hours=random.uniform(1, 40))
        topups.append(_topup(random, user, created, status=status, error=error))
    return topups


def _topup(
    random: Random,
    user: User,
    created_at: datetime,
    *,
    cents: int = REFILL_CENTS,
    kind: Topup.Kind = Topup.Kind.CHECKOUT,
    status: Topup.Status = Topup.Status.COMPLETED,
    error: str = "",
) -> Topup:
    topup = Topup(
        id=uuid.UUID(int=random.getrandbits(128), version=4),
        user=user,
        kind=kind,
        status=status,
        amount_cents=cents,
        livemode=False,
        error=error,
        created_at=created_at,
        expires_at=created_at + timedelta(hours=1),
    )
    if status == Topup.Status.COMPLETED:
        topup.paid_cents = cents
        topup.payment_intent_id = f"pi_demo_{topup.id.hex}"
        topup.completed_at = created_at + timedelta(seconds=1)
    return topup


# --- days -----------------------------------------------------------------------------------
def _days(jobs: Iterable[Job]) -> list[UsageDay]:
    """What the jobs add up to, as if each had been counted at its end."""
    sums: defaultdict[tuple[object, ...], Counter[str]] = defaultdict(Counter)
    for job in jobs:
        assert job.finished_at is not None  # noqa: S101 - every one of them is over
        day = job.finished_at.astimezone(UTC).date()
        sums[job.user_id, day, job.api_key_id, job.kind, job.voice_name].update(
            requests=1,
            failed=int(job.status == Job.Status.FAILED),
            cancelled=int(job.status == Job.Status.CANCELLED),
            audio_ms=job.audio_ms,
            cost_micros=job.cost_micros,
            taken_ms=taken_ms(job.created_at, job.finished_at),
        )
    place = ("user_id", "day", "api_key_id", "kind", "voice_name")
    return [
        UsageDay(**dict(zip(place, where, strict=True)), **counts) for where, counts in sums.items()
    ]
