"""A worker process that sends events and does nothing else: what a test kills.

`python -m tests.webhooks.sender LEASE_SECONDS TOTAL_SECONDS`
"""

from __future__ import annotations

import sys
import time

import django


def main(lease_seconds: float, total_seconds: float) -> None:
    django.setup()
    from audio_api.process import boot
    from webhooks import beat, claims, sending

    claims.LEASE_SECONDS, sending.TOTAL_SECONDS = lease_seconds, total_seconds
    boot.senders.start()
    while True:
        beat.ring_for_due()
        time.sleep(0.1)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
