"""Clocks that are compared with this machine's."""

from __future__ import annotations

from django.conf import settings

from audio_api.process.doctor.finding import Finding, Verdict

NOTED_SECONDS = 2.0


def clock(topic: str, whose: str, ahead_seconds: float) -> Finding:
    """How far another clock is ahead of this machine's, or behind it where that is negative.

    Beyond a lease the jobs of living workers seem to be those of dead ones.
    """
    apart = abs(ahead_seconds)
    says = f"{apart:.1f} s {'ahead of' if ahead_seconds > 0 else 'behind'} this machine's clock"
    verdict = Verdict.FINE if apart < NOTED_SECONDS else Verdict.NOTE
    if apart >= settings.JOB_LEASE_SECONDS:
        verdict = Verdict.BROKEN
    remedy = "" if verdict is Verdict.FINE else "Set both clocks by NTP."
    about = f"clock of {whose}"
    return Finding(topic=topic, about=about, says=says, verdict=verdict, remedy=remedy)
