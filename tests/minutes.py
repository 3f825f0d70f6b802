"""Rate limits are counted by the minutes of the clock: a test must not run into the next one."""

from __future__ import annotations

import time

MINUTE_SECONDS = 60
TEST_SECONDS = 10.0
"""More than a test takes that counts requests, on a machine that is busy with others."""


def begin_well_before_the_next() -> None:
    left_seconds = MINUTE_SECONDS - time.time() % MINUTE_SECONDS
    if left_seconds < TEST_SECONDS:
        time.sleep(left_seconds)
