"""Kokoro-82M: 54 voices in nine languages, 24 kHz, on ONNX Runtime."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audio.engines.base import AssetMissing, AudioChunk, EngineError, EngineVoice, Said
from audio.engines.config import EngineConfig
from audio.engines.onnx_session import open_session
from audio.engines.speech.phonemes import phonemes, speaks
from audio.engines.speech.reading import read_aloud, require_words
from audio.engines.speech.sound import Sound
from audio.engines.speech.tempo import stretched
from audio.engines.speech.text import ends_sentence, pieces

SAMPLE_RATE = 24_000
"""Hz."""
_SLOWEST, _FASTEST = 0.5, 2.0
"""What the model does by itself; beyond, its sound is stretched."""
_SENTENCE_PAUSE, _CLAUSE_PAUSE = 0.25, 0.1
"""Seconds after a piece at speed 1: the model's own silence at its end is trimmed away."""

_LANGUAGES = {
    "a": ("en-US", "en-us"),
    "b": ("en-GB", "en-gb"),
    "e": ("es", "es"),
    "f": ("fr", "fr-fr"),
    "h": ("hi", "hi"),
    "i": ("it", "it"),
    "j": ("ja", "ja"),
    "p": ("pt-BR", "pt-br"),
    "z": ("zh", "zh"),
}
"""First letter of a voice's name -> its BCP 47 tag, and the phonemiser's name of the language."""


class KokoroEngine:
    """Speaks with `<models_dir>/kokoro/model.onnx` and the voices in `voices.npz` beside it."""

    name = "kokoro"

    def __init__(self, config: EngineConfig) -> None:
        self._folder = config.models_dir / "kokoro"
        self._threads = config.engine_threads
        self._lock = threading.Lock()
        self._model: Any = None
        self._styles: dict[str, NDArray[np.float32]] = {}

    def load(self) -> None:
        with self._lock:
            if self._model is None:
                self._model = self._open()

    def voices(self) -> Sequence[EngineVoice]:
        if not (self._model_path.is_file() and self._voices_path.is_file()):
            return []
        return [
            EngineVoice(name, _LANGUAGES[name[0]][0])
            for name in _names(self._voices_path)
            if name[0] in _LANGUAGES and speaks(_LANGUAGES[name[0]][1])
        ]

    def speak(self, text: str, *, voice: str, language: str, speed: float) -> Iterator[AudioChunk]:
        # the language is the voice's own: Kokoro's voices each speak the one they are named for
        require_words(text)
        self.load()
        style = self._style(voice)
        tag, espeak_name = _LANGUAGES[voice[0]]
        say = partial(self._say, style=style, language=espeak_name, speed=speed)
        return read_aloud(text, say, language=tag, sample_rate=SAMPLE_RATE)

    @property
    def _model_path(self) -> Path:
        return self._folder / "model.onnx"

    @property
    def _voices_path(self) -> Path:
        return self._folder / "voices.npz"

    def _open(self) -> Any:
        for path in (self._model_path, self._voices_path):
            if not path.is_file():
                raise AssetMissing(f"{path} is missing: run `manage.py fetch_models kokoro`.")
        from kokoro_onnx import Kokoro

        session = open_session(self._model_path, threads=self._threads)
        return Kokoro.from_session(session, str(self._voices_path))

    def _style(self, voice: str) -> NDArray[np.float32]:
        """The voice's vectors, shape (510, 1, 256). Raises EngineError for an unknown voice."""
        with self._lock:
            if voice not in self._styles:
                if not any(known.name == voice for known in self.voices()):
                    raise EngineError(f"Kokoro has no voice {voice!r} that can be spoken here.")
                self._styles[voice] = self._model.voices[voice]
            return self._styles[voice]

    def _say(
        self, text: str, *, style: NDArray[np.float32], language: str, speed: float
    ) -> Iterator[Sound]:
        native = min(max(speed, _SLOWEST), _FASTEST)
        spoken = self._spoken(text, style, language, native)
        if native == speed:
            return spoken
        return stretched(spoken, speed / native, sample_rate=SAMPLE_RATE)

    def _spoken(
        self, text: str, style: NDArray[np.float32], language: str, speed: float
    ) -> Iterator[Sound]:
        pause = 0.0
        for piece in pieces(text):
            sounds = "".join(s for s in phonemes(piece, language) if s in self._vocabulary)
            if not any(sound.isalpha() for sound in sounds):
                continue
            # `create` cuts at 510 phonemes, the model's limit, and drops none
            samples, _ = self._model.create(sounds, style, speed=speed, is_phonemes=True)
            silence = np.zeros(int(pause / speed * SAMPLE_RATE), np.float32)
            lead = len(silence) / SAMPLE_RATE
            whole = np.concatenate([silence, samples.astype(np.float32, copy=False)])
            yield Sound(whole, (Said(piece, at=lead, pause=lead),))
            pause = _SENTENCE_PAUSE if ends_sentence(piece) else _CLAUSE_PAUSE

    @property
    def _vocabulary(self) -> dict[str, int]:
        vocabulary: dict[str, int] = self._model.tokenizer.vocab
        return vocabulary


def _names(archive: Path) -> list[str]:
    """The arrays in an .npz, from its table of contents."""
    with zipfile.ZipFile(archive) as opened:
        return sorted(name.removesuffix(".npy") for name in opened.namelist())
