"""Jobs of an account with a dollar, which no queue takes."""

from __future__ import annotations

from tests.audio_api.jobs.conftest import _media, _no_queue, _whole_ledger, user

__all__ = ["_media", "_no_queue", "_whole_ledger", "user"]
