"""The actors of voices: previews are spoken by workers. Arguments are ids."""

from __future__ import annotations

import dramatiq

from audiopod.queue.broker import INTERACTIVE, broker
from voices import previews


@dramatiq.actor(broker=broker, queue_name=INTERACTIVE)
def render_preview(voice_id: int) -> None:
    previews.render(voice_id)


@dramatiq.actor(broker=broker, queue_name=INTERACTIVE)
def regenerate_preview(voice_id: int) -> None:
    previews.regenerate(voice_id)
