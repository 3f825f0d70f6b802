"""What engines have needed goes back to the system."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnxruntime
import pytest

from audio.engines import memory
from audio.engines.onnx_session import open_session


def test_freed_memory_is_returned_with_any_c_library(monkeypatch: pytest.MonkeyPatch) -> None:
    memory.give_back()
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _: object())
    memory.give_back()


def test_a_session_shrinks_after_so_many_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    class Session:
        def __init__(self, *_: Any, **__: Any) -> None: ...

        def run(self, names: Any, feed: Any, options: Any) -> None:
            asked.append(options is not None)

    monkeypatch.setattr(onnxruntime, "InferenceSession", Session)
    for every, expected in ((1, [True] * 4), (2, [False, True] * 2)):
        asked.clear()
        session = open_session(Path("any"), threads=1, shrink_every=every)
        for _ in range(4):
            session.run(None, {})
        assert asked == expected
