"""The engines of this process: one instance of each, made when first asked for.

An engine is one file in this package and one line in `_BUILT_IN`; an engine from elsewhere is
named in `EngineConfig.extra_engines` and takes the place of a built-in one of the same name.
"""

from __future__ import annotations

import threading
from importlib import import_module
from typing import Protocol

from audio.engines.base import EngineError, EngineVoice, SpeechEngine, TranscriptionEngine
from audio.engines.config import EngineConfig
from audio.engines.speech.kokoro import KokoroEngine
from audio.engines.speech.piper import PiperEngine
from audio.engines.transcription.whisper import FasterWhisperEngine

__all__ = [
    "EngineConfig",
    "configure",
    "installed_voices",
    "speech_engine",
    "speech_engine_names",
    "transcription_engine",
]


class EngineClass(Protocol):
    """What builds an engine. Building is cheap; `load` is what reads the weights."""

    def __call__(self, config: EngineConfig) -> SpeechEngine | TranscriptionEngine: ...


_BUILT_IN: tuple[EngineClass, ...] = (KokoroEngine, PiperEngine, FasterWhisperEngine)

_lock = threading.Lock()
_speech: dict[str, SpeechEngine] = {}
_transcription: dict[str, TranscriptionEngine] = {}


def configure(config: EngineConfig) -> None:
    """Build the engines anew. Raises EngineError for an extra engine that can't be imported."""
    built = [build(config) for build in (*_BUILT_IN, *map(_imported, config.extra_engines))]
    with _lock:
        _speech.clear()
        _transcription.clear()
        for engine in built:
            if isinstance(engine, SpeechEngine):
                _speech[engine.name] = engine
            else:
                _transcription[engine.name] = engine


def speech_engine(name: str) -> SpeechEngine:
    """The engine of that name, not loaded yet perhaps. Raises EngineError."""
    with _lock:
        if name not in _speech:
            known = ", ".join(_speech) or "none: configure() was not called"
            raise EngineError(f"There is no speech engine {name!r}; known engines: {known}.")
        return _speech[name]


def transcription_engine() -> TranscriptionEngine:
    """The engine that listens: the last one registered, so that an extra one takes over."""
    with _lock:
        if not _transcription:
            raise EngineError("There is no transcription engine: configure() was not called.")
        return list(_transcription.values())[-1]


def speech_engine_names() -> list[str]:
    with _lock:
        return list(_speech)


def installed_voices() -> dict[str, list[EngineVoice]]:
    """Engine name -> the voices it can speak now. Reads folders only, loads no weights."""
    return {name: list(speech_engine(name).voices()) for name in speech_engine_names()}


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
