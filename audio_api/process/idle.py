"""Engines that no job uses, unloaded in the processes that have loaded them."""

from __future__ import annotations

import gc
import logging

from django.conf import settings

from audio.engines import memory, registry

log = logging.getLogger(__name__)


def unload() -> int:
    """Unload what no job of this process has used for ENGINE_IDLE_SECONDS; its memory goes back.

    An engine that is not loaded works: it stays among those that `/readyz` names, and the next job
    loads it. Returns 0, as a chore that is nothing to report.
    """
    unloaded = registry.unload_idle(settings.ENGINE_IDLE_SECONDS)
    if unloaded:
        gc.unfreeze()  # else what was frozen with it would never be looked at again
        gc.collect()
        gc.freeze()
        memory.give_back()
        log.info("unloaded until the next job: %s", ", ".join(unloaded))
    return 0
