"""The engines of this process: one instance of each, made when first asked for.

An engine is one file in this package and one line in `_BUILT_IN`; an engine from elsewhere is
named in `EngineConfig.extra_engines` and takes the place of a built-in one of the same name. It is
filed under each Protocol of `KINDS` that it has the methods of, and asked for by that Protocol.
"""

from __future__ import annotations

import threading
from importlib import import_module
from typing import Protocol, TypeVar, cast

from audio.engines.base import (
    EngineError,
    EngineVoice,
    NoiseReductionEngine,
    SpeechEngine,
    TranscriptionEngine,
    Unloading,
)
from audio.engines.config import EngineConfig
from audio.engines.noise.deepfilter import DeepFilterEngine
from audio.engines.speech.kokoro import KokoroEngine
from audio.engines.speech.piper import PiperEngine
from audio.engines.transcription.whisper import FasterWhisperEngine

__all__ = ["KINDS", "Engine", "EngineConfig", "configure", "get", "installed_voices", "names"]


class Engine(Protocol):
    """The methods that engines of every kind have."""

    name: str

    def load(self) -> None:
        """Load the weights, if that has not been done. Raises AssetMissing."""


class EngineClass(Protocol):
    """A callable that builds an engine. Building is cheap: `load` reads the weights."""

    def __call__(self, config: EngineConfig) -> Engine: ...


KINDS: tuple[type[Engine], ...] = (SpeechEngine, TranscriptionEngine, NoiseReductionEngine)
"""The kinds of engines, each a Protocol in `base.py`."""

_BUILT_IN: tuple[EngineClass, ...] = (
    KokoroEngine,
    PiperEngine,
    FasterWhisperEngine,
    DeepFilterEngine,
)

E = TypeVar("E", bound=Engine)

_lock = threading.Lock()
_engines: dict[type[Engine], dict[str, Engine]] = {}


def configure(config: EngineConfig) -> None:
    """Build the engines anew.

    Raises EngineError for an extra engine that can't be imported, or that does nothing that is
    known here.
    """
    filed: dict[type[Engine], dict[str, Engine]] = {kind: {} for kind in KINDS}
    for build in (*_BUILT_IN, *map(_imported, config.extra_engines)):
        engine = build(config)
        for kind in _kinds_of(engine):
            filed[kind][engine.name] = engine
    with _lock:
        _engines.clear()
        _engines.update(filed)


def _kinds_of(engine: Engine) -> list[type[Engine]]:
    """The kinds of an engine. Raises EngineError for one that would be taken for another."""
    kinds = [kind for kind in KINDS if isinstance(engine, kind)]
    if not kinds:
        known = " or ".join(kind.__name__ for kind in KINDS)
        raise EngineError(
            f"{type(engine).__module__}:{type(engine).__name__} is an engine of no kind that is"
            f" known here: give it the methods of {known} in audio/engines/base.py."
        )
    return kinds


def get(kind: type[E], name: str = "") -> E:
    """The engine of that kind and name, not loaded yet perhaps. Raises EngineError.

    Without a name it is the last one that was configured, so that an extra one takes over.
    """
    with _lock:
        engines = _engines.get(kind, {})
        found = engines.get(name) if name else next(reversed(engines.values()), None)
    if found is None:
        known = ", ".join(engines) or "none: configure() was not called"
        raise EngineError(f"There is no {kind.__name__} {name!r}; known engines: {known}.")
    return cast("E", found)


def names(kind: type[Engine]) -> list[str]:
    """The engines of a kind, in the order in which they were configured."""
    with _lock:
        return list(_engines.get(kind, {}))


def unload_idle(seconds: float) -> list[str]:
    """Have every engine forget what no call has used for so long; the names of those that did."""
    with _lock:
        engines = {id(each): each for filed in _engines.values() for each in filed.values()}
    able = (each for each in engines.values() if isinstance(each, Unloading))
    return [each.name for each in able if each.unload_idle(seconds)]


def installed_voices() -> dict[str, list[EngineVoice]]:
    """Engine name -> the voices it can speak now. Reads folders only, loads no weights."""
    return {name: list(get(SpeechEngine, name).voices()) for name in names(SpeechEngine)}


def _imported(path: str) -> EngineClass:
    """The class at `package.module:ClassName`."""
    module, _, attribute = path.partition(":")
    try:
        found: EngineClass = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise EngineError(
            f"The engine {path!r} can't be imported ({error}): "
            "write it as `package.module:ClassName`."
        ) from error
    return found
