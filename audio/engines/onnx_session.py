"""ONNX Runtime sessions as the speech engines want them: threads bounded, memory given back."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_SHRINK_AFTER_RUN = ("memory.enable_memory_arena_shrinkage", "cpu:0")
"""Every text has another length, so the arena would keep room for the largest of everything."""
_SHRINK_EVERY = 8
"""Runs, which are short: to gather the memory again takes an eighth of one."""


def open_session(
    model: Path | bytes, *, threads: int, shrink_every: int = _SHRINK_EVERY
) -> InferenceSession:
    """Open `model`, a file or what would be in one, on the CPU with `threads` threads inside each
    operator.

    shrink_every: runs, after which the session gives back the memory it has gathered; it has to
    gather it again then.
    Threads do not spin between operators: several calls share the cores, and a spinning thread
    takes time from the call that has work to do.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # a plan kept per input length only grows
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    shrinking = onnxruntime.RunOptions()
    shrinking.add_run_config_entry(*_SHRINK_AFTER_RUN)

    runs = count(1)

    class ShrinkingSession(onnxruntime.InferenceSession):  # type: ignore[misc]
        """A session that gives the memory it has gathered back to the system now and then."""

        def run(self, output_names: Any, input_feed: Any, run_options: Any = None) -> Any:
            shrinks = next(runs) % shrink_every == 0
            options = run_options or (shrinking if shrinks else None)
            return super().run(output_names, input_feed, options)

    found = model if isinstance(model, bytes) else str(model)
    return ShrinkingSession(found, options, providers=["CPUExecutionProvider"])
