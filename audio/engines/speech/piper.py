"""Piper: one small, fast model per voice; any voice dropped into a folder is spoken."""

from __future__ import annotations

import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audio.engines.base import AssetMissing, AudioChunk, EngineError, EngineVoice, Said
from audio.engines.config import EngineConfig
from audio.engines.speech.heteronyms import respelt
from audio.engines.speech.phonetic import IPA, sounds, unmarked
from audio.engines.speech.piper_model import PiperModel
from audio.engines.speech.reading import read_aloud, require_words
from audio.engines.speech.sound import Sound
from audio.engines.speech.tempo import stretched
from audio.engines.speech.text import pieces
from audio.engines.usage import Usage

_VOICES_IN_MEMORY = 4
"""Loaded models, about 100 MB each; the one unused for longest makes room."""
_PIECE_MAX = 400
"""Characters. Piper cuts at sentences itself and is ten times faster than it speaks."""

_SLOWEST, _FASTEST = 0.75, 1.5
"""What the model does well by itself; beyond, its sound is stretched."""

log = logging.getLogger(__name__)


class PiperEngine:
    """Speaks every `X.onnx` with an `X.onnx.json` in `<models_dir>/piper-*/` and `.../piper/`."""

    name = "piper"

    def __init__(self, config: EngineConfig) -> None:
        self._models_dir = config.models_dir
        self._threads = config.engine_threads
        self._lock = threading.Lock()
        self._loaded: OrderedDict[str, Any] = OrderedDict()
        self._usage = Usage(self._lock)

    def load(self) -> None:
        voices = self.voices()
        if not voices:
            raise AssetMissing(
                f"No Piper voice in {self._models_dir}: run `manage.py fetch_models`, or put "
                f"a voice's .onnx and .onnx.json into {self._models_dir / 'piper'}."
            )
        self._voice(voices[0].name)

    def unload_idle(self, seconds: float) -> bool:
        with self._usage.spared(seconds) as is_spared:
            if not self._loaded or not is_spared:
                return False
            self._loaded.clear()
            return True

    def voices(self) -> Sequence[EngineVoice]:
        found = ((name, _language(model)) for name, model in sorted(self._models().items()))
        return [EngineVoice(name, language) for name, language in found if language]

    def speak(self, text: str, *, voice: str, language: str, speed: float) -> Iterator[AudioChunk]:
        require_words(text)
        loaded = self._voice(voice)
        say = partial(_say, voice=loaded, speed=speed)
        rate = loaded.config.sample_rate
        return self._usage.during(read_aloud(text, say, language=language, sample_rate=rate))

    def _models(self) -> dict[str, Path]:
        """Voice name -> model file. A user's own folder comes last and so wins over an asset."""
        folders = [*sorted(self._models_dir.glob("piper-*")), self._models_dir / "piper"]
        models = [path for folder in folders for path in folder.glob("*.onnx")]
        return {path.stem: path for path in models if _config_path(path).is_file()}

    def _voice(self, name: str) -> Any:
        """The loaded voice, shared by all threads. Raises EngineError for an unknown one."""
        with self._lock:
            self._usage.touch()
            if name not in self._loaded:
                model = self._models().get(name)
                if model is None:
                    raise EngineError(f"Piper has no voice {name!r} in {self._models_dir}.")
                self._loaded[name] = _open(model, self._threads)
                if len(self._loaded) > _VOICES_IN_MEMORY:
                    self._loaded.popitem(last=False)
            self._loaded.move_to_end(name)
            return self._loaded[name]


def _say(text: str, *, voice: Any, speed: float) -> Iterator[Sound]:
    native = min(max(speed, _SLOWEST), _FASTEST)
    spoken = _spoken(text, voice, native)
    if native == speed:
        return spoken
    return stretched(spoken, speed / native, sample_rate=voice.config.sample_rate)


def _spoken(text: str, voice: Any, speed: float) -> Iterator[Sound]:
    """The sentences, the first one from its beginning; of a piece the first says all its text."""
    length_scale = voice.config.length_scale * _length_scale(speed)
    is_english = voice.config.espeak_voice.startswith("en")
    early = True
    for piece in pieces(text, piece_max=_PIECE_MAX):
        said: tuple[Said, ...] = (Said(unmarked(piece), at=0.0),)
        meant = respelt(piece) if is_english else piece
        # between these brackets Piper takes phonemes as they are
        raw = IPA.sub(lambda found: f"[[ {sounds(found[0], english=is_english)} ]]", meant)
        for sentence in voice.phonemize(raw):
            for samples in _sound(sentence, voice, length_scale, early=early):
                yield Sound(np.clip(samples, -1.0, 1.0), said)
                said, early = (), False


def _sound(
    sentence: list[str], voice: Any, length_scale: float, *, early: bool
) -> Iterator[NDArray[np.float32]]:
    """Of the phonemes of a sentence. Not by `PiperVoice.synthesize`, which would lift every
    sentence to full scale, and knows them only whole."""
    if not sentence:
        return
    config = voice.config
    model: PiperModel = voice.session
    yield from model.sound(
        voice.phonemes_to_ids(sentence),
        scales=(config.noise_scale, length_scale, config.noise_w_scale),
        speaker=config.default_speaker_id if config.num_speakers > 1 else None,
        early=early,
    )


def _length_scale(speed: float) -> float:
    """The scale that makes speech `speed` times as fast; 1 for 1.

    Piper scales each phoneme and rounds it up to a frame, so about a quarter of the length
    does not shrink: length = 1/4 + 3/4 * scale, as measured with en_US-joe-medium.
    """
    return (4.0 / speed - 1.0) / 3.0


def _config_path(model: Path) -> Path:
    return model.with_name(model.name + ".json")


def _language(model: Path) -> str | None:
    """The BCP 47 tag in a voice's configuration, or None where that can't be read."""
    try:
        config = json.loads(_config_path(model).read_text(encoding="utf-8"))
        code = config.get("language", {}).get("code") or config["espeak"]["voice"]
        return str(code).replace("_", "-")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        log.warning("Skipping the Piper voice %s: its .onnx.json can't be read.", model.stem)
        return None


def _open(model: Path, threads: int) -> Any:
    """A PiperVoice on a model of ours: its own `load` leaves the threads to the library."""
    from piper import PiperVoice
    from piper.config import PiperConfig

    config = json.loads(_config_path(model).read_text(encoding="utf-8"))
    session = PiperModel(model, threads=threads)
    return PiperVoice(session=session, config=PiperConfig.from_dict(config))
