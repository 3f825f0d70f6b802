"""When a small company calls an API: on weekdays, by day, and more from month to month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import accumulate
from random import Random

BY_WEEKDAY = (1.0, 1.1, 1.15, 1.05, 0.9, 0.4, 0.3)
BY_HOUR = (3, 2, 1, 1, 1, 2, 5, 14, 34, 52, 58, 50, 36, 46, 58, 60, 54, 40, 26, 18, 14, 11, 8, 5)
GROWTH = 1.2
"""How much more there is at the end than at the beginning, beside 1."""
BUSY_DAYS, BUSIER = 0.04, 2.4
"""The share of days with a launch or a batch to catch up with, and by how much they are busier."""


def moments(random: Random, *, until: datetime, days: int, count: int) -> Iterator[datetime]:
    """So many moments of the last `days`, in order. None is later than `until`."""
    midnight = datetime.combine(until.astimezone(UTC).date(), time.min, UTC)
    weights, hours = [], []
    for back in range(days, -1, -1):
        day = midnight - timedelta(days=back)
        busy = BUSIER if random.random() < BUSY_DAYS else random.uniform(0.8, 1.2)
        trend = 1 + GROWTH * (days - back) / days
        for hour, share in enumerate(BY_HOUR):
            hours.append(day + timedelta(hours=hour))
            weights.append(share * BY_WEEKDAY[day.weekday()] * trend * busy)
    first, latest = until - timedelta(days=days), until - timedelta(hours=1)
    here = [at for at, hour in enumerate(hours) if first <= hour <= latest]
    sums = list(accumulate(weights[at] for at in here))
    chosen = random.choices([hours[at] for at in here], cum_weights=sums, k=count)
    yield from sorted(hour + timedelta(seconds=random.uniform(0, 3600)) for hour in chosen)
