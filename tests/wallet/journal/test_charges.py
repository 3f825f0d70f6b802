"""Units and rate of a request, read from what the ledger has kept."""

from __future__ import annotations

import pytest

from audio_api.jobs.settlement import charged_for
from audio_api.models import Job
from wallet.journal import charge_of


@pytest.mark.parametrize("kind", Job.Kind.values)
@pytest.mark.parametrize(
    ("audio_ms", "price_micros"),
    [(5_601, 40_000), (0, 1), (1, 12_500), (14_400_000, 1_250_000_000), (60_000, 0)],
)
def test_what_is_written_at_the_end_of_a_job_is_read_back(
    kind: str, audio_ms: int, price_micros: int
) -> None:
    reason = charged_for(Job(kind=kind, price_micros_per_minute=price_micros), audio_ms)

    charge = charge_of(reason)

    assert charge is not None
    assert (charge.kind, charge.audio_ms) == (kind, audio_ms)
    assert charge.price_micros_per_minute == price_micros


@pytest.mark.parametrize(
    "reason",
    ["", "a test", "music: 5.601 s at $0.04 a minute", "speech: 5.601 s at $0.04 a minute, twice"],
)
def test_any_other_reason_stays_as_it_is(reason: str) -> None:
    assert charge_of(reason) is None
