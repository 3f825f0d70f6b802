"""The actors of voices: what has to be spoken is spoken by workers. Arguments are ids."""

from __future__ import annotations

from itertools import islice

import dramatiq
from django.core.cache import cache
from django.db.models import Q

from audiopod.queue.broker import BATCH, INTERACTIVE, broker
from voices import measuring, previews
from voices.models import VoiceProfile

ASKED_AT_ONCE = 10
ASKED_SECONDS = 3600
"""A voice whose measurement was asked for is left alone for so long: it may wait, or fail."""


@dramatiq.actor(broker=broker, queue_name=INTERACTIVE)
def render_preview(voice_id: int) -> None:
    previews.render(voice_id)


@dramatiq.actor(broker=broker, queue_name=INTERACTIVE)
def regenerate_preview(voice_id: int) -> None:
    previews.regenerate(voice_id)


@dramatiq.actor(broker=broker, queue_name=BATCH)
def measure(voice_id: int) -> None:
    """The message of a worker that died comes back: what has killed one is not tried on another."""
    trial = f"measuring:{voice_id}"
    if not cache.add(trial, True, timeout=ASKED_SECONDS):
        return
    try:
        measuring.measure(voice_id)
    finally:
        cache.delete(trial)


def ask_to_measure() -> int:
    """Have the installed voices measured that nobody has measured; returns how many were asked."""
    unknown = Q(pace_ms=None) | Q(gain_db=None)
    voices = VoiceProfile.objects.filter(unknown, is_installed=True).order_by("pk")
    due = (pk for pk in voices.values_list("pk", flat=True) if _is_due(pk))
    asked = list(islice(due, ASKED_AT_ONCE))
    for pk in asked:
        measure.send(pk)
    return len(asked)


def _is_due(voice_id: int) -> bool:
    """Whether nobody has asked a short time ago; says so to those that come later."""
    return bool(cache.add(f"measured:{voice_id}", True, timeout=ASKED_SECONDS))
