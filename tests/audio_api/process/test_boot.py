"""What an operator is shown of the engines of a process that has started."""

from __future__ import annotations

import gc
import threading

import pytest
from django.conf import LazySettings

from audio.engines import status
from audio.engines.noise import trial
from audio.engines.speech import heteronyms
from audio_api.process import boot


@pytest.mark.parametrize(("active", "shown"), [(True, ["heteronyms"]), (False, [])])
def test_the_tagger_of_english_is_shown_where_it_works(
    monkeypatch: pytest.MonkeyPatch, settings: LazySettings, active: bool, shown: list[str]
) -> None:
    settings.PRELOAD_ENGINES = True
    monkeypatch.setattr(status, "_working", set())
    monkeypatch.setattr(boot, "self_test", list)
    monkeypatch.setattr(trial, "self_test", list)
    monkeypatch.setattr(boot, "ready", threading.Event())
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.setattr(heteronyms, "is_active", lambda: active)

    boot.load_engines()

    assert status.working() == shown
    assert status.broken() == {}
