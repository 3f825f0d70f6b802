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
from audio.engines.speech.kokoro_model import multiplied
from audio.engines.speech.mixing import MixError, parts_of, shares
from audio.engines.speech.phonemes import phonemes, speaks
from audio.engines.speech.phonetic import unmarked
from audio.engines.speech.reading import read_aloud, require_words
from audio.engines.speech.sound import Sound
from audio.engines.speech.tempo import stretched
from audio.engines.speech.text import ends_sentence, pieces
from audio.engines.usage import Usage

SAMPLE_RATE = 24_000
"""Hz."""
_SLOWEST, _FASTEST = 0.8, 1.25
"""What the model does well by itself (`python -m bench.speeds`): faster it swallows sounds, slower
it puts one before the first word. Beyond, its sound is stretched."""
_SHRINK_EVERY = 1
"""Runs. Two long ones at a time gather half a gigabyte, and to give it back takes nothing that can
be measured beside a run."""
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


def own_pace(speed: float) -> float:
    """The pace that the model is asked for; what is missing of the speed is stretched."""
    return min(max(speed, _SLOWEST), _FASTEST)


class KokoroEngine:
    """Speaks with `<models_dir>/kokoro/model.onnx` and the voices in `voices.npz` beside it."""

    name = "kokoro"

    def __init__(self, config: EngineConfig) -> None:
        self._folder = config.models_dir / "kokoro"
        self._threads = config.engine_threads
        self._lock = threading.Lock()
        self._model: Any = None
        self._styles: dict[str, NDArray[np.float32]] = {}
        self._usage = Usage(self._lock)

    def load(self) -> None:
        self._opened()

    def unload_idle(self, seconds: float) -> bool:
        with self._usage.spared(seconds) as is_spared:
            if self._model is None or not is_spared:
                return False
            self._model = None
            self._styles.clear()
            return True

    def voices(self) -> Sequence[EngineVoice]:
        if not (self._model_path.is_file() and self._voices_path.is_file()):
            return []
        return [
            EngineVoice(name, _LANGUAGES[name[0]][0])
            for name in _names(self._voices_path)
            if name[0] in _LANGUAGES and speaks(_LANGUAGES[name[0]][1])
        ]

    def speak(self, text: str, *, voice: str, language: str, speed: float) -> Iterator[AudioChunk]:
        # the language is the voice's own: each of Kokoro's speaks the one that it is named for, and
        # a mix that of its first voice
        require_words(text)
        model = self._opened()
        style = self._mixed(voice, model)
        tag, espeak_name = _LANGUAGES[voice[0]]
        say = partial(_say, model=model, style=style, language=espeak_name, speed=speed)
        read = read_aloud(text, say, language=tag, sample_rate=SAMPLE_RATE)
        return self._usage.during(read)

    @property
    def _model_path(self) -> Path:
        return self._folder / "model.onnx"

    @property
    def _voices_path(self) -> Path:
        return self._folder / "voices.npz"

    def _opened(self) -> Any:
        """The model, which whoever has it may use for as long as it wants."""
        with self._lock:
            self._usage.touch()
            if self._model is None:
                self._model = self._open()
            return self._model

    def _open(self) -> Any:
        for path in (self._model_path, self._voices_path):
            if not path.is_file():
                raise AssetMissing(f"{path} is missing: run `manage.py fetch_models kokoro`.")
        from kokoro_onnx import Kokoro

        model = multiplied(self._model_path)
        session = open_session(model, threads=self._threads, shrink_every=_SHRINK_EVERY)
        # the library looks whether the file is there, which a session on bytes does not name
        session._model_path = str(self._model_path)
        return Kokoro.from_session(session, str(self._voices_path))

    def _mixed(self, voice: str, model: Any) -> NDArray[np.float32]:
        """The vectors of a voice or of a mix (`af_bella(2)+af_sky`). Raises EngineError."""
        try:
            parts = parts_of(voice)
        except MixError as error:
            raise EngineError(f"Kokoro has no voice {voice!r}. {error}") from None
        parted = zip(parts, shares(parts), strict=True)
        weighted = [share * self._style(part.name, model) for part, share in parted]
        mixed: NDArray[np.float32] = np.sum(weighted, axis=0, dtype=np.float32)
        return mixed

    def _style(self, voice: str, model: Any) -> NDArray[np.float32]:
        """The voice's vectors, shape (510, 1, 256). Raises EngineError for an unknown voice."""
        with self._lock:
            if voice not in self._styles:
                if not any(known.name == voice for known in self.voices()):
                    raise EngineError(f"Kokoro has no voice {voice!r} that can be spoken here.")
                self._styles[voice] = model.voices[voice]
            return self._styles[voice]


def _say(
    text: str, *, model: Any, style: NDArray[np.float32], language: str, speed: float
) -> Iterator[Sound]:
    native = own_pace(speed)
    sounds = spoken(text, model, style, language, native)
    if native == speed:
        return sounds
    return stretched(sounds, speed / native, sample_rate=SAMPLE_RATE)


def spoken(
    text: str, model: Any, style: NDArray[np.float32], language: str, speed: float
) -> Iterator[Sound]:
    """At a pace that the model speaks well itself. style: the vectors of a voice; language: as
    espeak-ng calls it."""
    pause = 0.0
    vocabulary: dict[str, int] = model.tokenizer.vocab
    for piece in pieces(text):
        sounds = "".join(s for s in phonemes(piece, language) if s in vocabulary)
        if not any(sound.isalpha() for sound in sounds):
            continue
        # `create` cuts at 510 phonemes, the model's limit, and drops none
        samples, _ = model.create(sounds, style, speed=speed, is_phonemes=True)
        silence = np.zeros(int(pause / speed * SAMPLE_RATE), np.float32)
        lead = len(silence) / SAMPLE_RATE
        whole = np.concatenate([silence, samples.astype(np.float32, copy=False)])
        yield Sound(whole, (Said(unmarked(piece), at=lead, pause=lead),))
        pause = _SENTENCE_PAUSE if ends_sentence(piece) else _CLAUSE_PAUSE


def _names(archive: Path) -> list[str]:
    """The arrays in an .npz, from its table of contents."""
    with zipfile.ZipFile(archive) as opened:
        return sorted(name.removesuffix(".npy") for name in opened.namelist())
