"""Units and rate of a request, read from what its hold has kept."""

from __future__ import annotations

import uuid

import pytest

from accounts.models import User
from audio_api import registry
from tests.wallet.cast import fund
from wallet import services
from wallet.journal import charge_of
from wallet.models import JournalEntry

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def settled(user: User, *, billed_ms: int | None, reason: str = "", **told: object) -> JournalEntry:
    job = uuid.uuid4()
    services.hold(user=user, job_id=job, amount_micros=1, seconds=60, **told)  # type: ignore[arg-type]
    hold = services.settle(job_id=job, amount_micros=1, billed_ms=billed_ms, reason=reason)
    return hold.journal_entry


@pytest.mark.parametrize("kind", [service.kind for service in registry.services()])
@pytest.mark.parametrize(
    ("billed_ms", "price_micros"),
    [(5_601, 40_000), (0, 1), (1, 12_500), (14_400_000, 1_250_000_000), (60_000, 0)],
)
def test_what_is_written_at_the_end_of_a_job_is_read_back(
    kind: str, billed_ms: int, price_micros: int, rich: User
) -> None:
    service = registry.get(kind).offer.service_type

    charge = charge_of(
        settled(rich, billed_ms=billed_ms, service=service, price_micros_per_minute=price_micros)
    )

    assert charge is not None
    assert (charge.service, charge.words) == (service, registry.get(kind).label)
    assert (charge.billed_ms, charge.price_micros_per_minute) == (billed_ms, price_micros)


def test_an_entry_of_no_request_has_no_charge(user: User) -> None:
    assert charge_of(fund(user, 5)) is None


@pytest.mark.parametrize(
    ("billed_ms", "service", "price"),
    [(None, "transcription", 1), (5, "", 1), (5, "transcription", None)],
)
def test_a_hold_that_does_not_tell_all_has_no_charge(
    billed_ms: int | None, service: str, price: int | None, rich: User
) -> None:
    reason = "speech: 5.601 s at $0.04 a minute"
    told = {"service": service, "price_micros_per_minute": price}
    assert charge_of(settled(rich, billed_ms=billed_ms, reason=reason, **told)) is None
