"""Many short clips of speech, by many voices in many languages, under many conditions.

What is spoken is kept in a temporary folder, so that a second run speaks nothing again.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, cycle, islice
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from audio.engines.base import WHISPER_SAMPLE_RATE, SpeechEngine
from audio.engines.config import EngineConfig
from audio.engines.speech.kokoro import KokoroEngine
from audio.engines.speech.piper import PiperEngine
from audio.engines.speech.sound import Sound
from audio.engines.speech.tempo import stretched
from bench.clips import DEVELOPMENT as PHRASES
from bench.clips import telephone_band
from tests.harness.programs import ROOT

Samples = NDArray[np.float32]
FOLDER = Path(tempfile.gettempdir()) / "audiopod-bench-clips"
HUMAN = "human"
"""What stands for the speaker of a recording."""
HUMAN_FOLDER = Path(os.environ.get("HUMAN_SPEECH") or ROOT.parent / "shared" / "audio")
_SENTENCES: dict[str, list[str]] = {
    "en": Path(__file__).with_name("sentences.txt").read_text(encoding="utf-8").splitlines(),
    **tomllib.loads(Path(__file__).with_name("fitted.toml").read_text("utf-8"))["sentences"],
}
_JFK = (
    ("and so my fellow americans", 0.0, 2.8),
    ("ask not", 2.8, 4.9),
    ("what your country can do for you", 5.0, 7.95),
    ("ask what you can do for your country", 7.95, 11.0),
)
"""What is said between pauses, and from which second to which."""
RECORDINGS: dict[str, tuple[str, tuple[tuple[str, float, float], ...]]] = {
    "jfk.flac": (
        "en",
        (
            *_JFK,
            ("and so my fellow americans ask not", 0.0, 4.9),
            ("ask not what your country can do for you", 2.8, 7.95),
            ("and so my fellow americans ask not what your country can do for you", 0.0, 7.95),
            ("what your country can do for you ask what you can do for your country", 5.0, 11.0),
            (" ".join(text for text, _, _ in _JFK), 0.0, 11.0),
        ),
    ),
    "one-two-three-24bit.wav": (
        "en",
        (("1 2 3", 0.0, 2.7), ("1 2", 0.0, 1.8), ("2 3", 0.75, 2.7), ("3", 1.75, 2.7)),
    ),
    "french.aiff": ("fr", (("et c'est la dictée numéro 1", 0.0, 2.5),)),
}
_JOINED = (0, 1, 3, 1, 2, 4)
"""So many sentences make a text; for 0 a phrase of a few words."""
_CONDITIONS_OF_EACH = 6
"""Of seven: each speech misses another one."""
_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.5, 15.0


@dataclass(frozen=True)
class Clip:
    """language: Whisper's code; text: what is said; samples: at Whisper's rate."""

    speaker: str
    language: str
    condition: str
    text: str
    samples: Samples

    @property
    def seconds(self) -> float:
        return len(self.samples) / WHISPER_SAMPLE_RATE


def clips(number: int, models_dir: Path) -> Iterator[Clip]:
    """So many, each speech under several conditions, human speech first."""
    return islice(_endless(models_dir), number)


def _endless(models_dir: Path) -> Iterator[Clip]:
    conditions = cycle(CONDITIONS.items())
    speeches = chain(_human(), _spoken(models_dir))
    for number, (speaker, language, text, samples) in enumerate(speeches):
        if not _SHORTEST_SECONDS <= len(samples) / WHISPER_SAMPLE_RATE <= _LONGEST_SECONDS:
            continue
        for _ in range(_CONDITIONS_OF_EACH):
            name, changed = next(conditions)
            yield Clip(
                speaker, language, name, text, changed(samples, np.random.default_rng(number))
            )


_Speech = tuple[str, str, str, Samples]
"""Speaker, language, text, sound."""


def _human() -> Iterator[_Speech]:
    for name, (language, parts) in RECORDINGS.items():
        if not (HUMAN_FOLDER / name).exists():
            continue
        samples = _read(HUMAN_FOLDER / name)
        for text, start, end in parts:
            first, last = (round(moment * WHISPER_SAMPLE_RATE) for moment in (start, end))
            yield HUMAN, language, text, samples[first:last]


def _spoken(models_dir: Path) -> Iterator[_Speech]:
    """Endless: each language in turn, each of its voices in turn."""
    config = EngineConfig(models_dir=models_dir, engine_threads=1)
    voices: dict[str, list[tuple[SpeechEngine, str, str]]] = {code: [] for code in _SENTENCES}
    engines: tuple[SpeechEngine, ...] = (PiperEngine(config), KokoroEngine(config))
    for engine in engines:
        for voice in engine.voices():
            code = voice.language.split("-")[0]
            if code in voices:
                voices[code].append((engine, voice.name, voice.language))
    turns = {code: cycle(some) for code, some in voices.items() if some}
    # half of all voices are English ones
    order = ["en", *(code for code in turns if code != "en"), "en", "en"]
    texts = {code: _texts(code) for code in turns}
    for code in cycle(order):
        engine, voice_name, tag = next(turns[code])
        text = next(texts[code])
        yield voice_name, code, text, said(engine, voice_name, tag, text)


def _texts(code: str) -> Iterator[str]:
    phrases = cycle(each.strip() for each in PHRASES[code].split(" | "))
    sentences = cycle(_SENTENCES[code])
    for number in cycle(_JOINED):
        yield " ".join(islice(sentences, number)) if number else next(phrases)


def said(engine: SpeechEngine, voice: str, tag: str, text: str) -> Samples:
    name = hashlib.sha256(f"{engine.name} {voice} {tag} {text}".encode()).hexdigest()[:24]
    kept = FOLDER / f"{name}.npy"
    if not kept.exists():
        chunks = list(engine.speak(text, voice=voice, language=tag, speed=1.0))
        samples = np.concatenate([chunk.samples for chunk in chunks])
        FOLDER.mkdir(exist_ok=True)
        half_made = kept.with_suffix(f".{os.getpid()}.npy")
        np.save(half_made, _at_whispers_rate(samples, chunks[0].sample_rate))
        half_made.rename(kept)
    found: Samples = np.load(kept)
    return found


def _at_whispers_rate(samples: Samples, rate: int) -> Samples:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=WHISPER_SAMPLE_RATE)
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="flt", layout="mono")
    frame.sample_rate = rate
    parts = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([part.to_ndarray().reshape(-1) for part in parts])


def _read(path: Path) -> Samples:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=WHISPER_SAMPLE_RATE)
    with av.open(str(path)) as container:
        frames = [*container.decode(audio=0), None]
        parts = [part for frame in frames for part in resampler.resample(frame)]
    return np.concatenate([part.to_ndarray().reshape(-1) for part in parts])


def _noisy(samples: Samples, dice: np.random.Generator) -> Samples:
    """White noise 10 dB below the speech."""
    loudness = float(np.sqrt(np.mean(samples**2))) / 10**0.5
    return samples + dice.normal(0, loudness, len(samples)).astype(np.float32)


def _in_a_hall(samples: Samples, dice: np.random.Generator) -> Samples:
    """An exponential tail that falls by 60 dB in half a second, as loud as the speech itself."""
    times = np.arange(WHISPER_SAMPLE_RATE // 2) / WHISPER_SAMPLE_RATE
    tail = dice.normal(0, 1, len(times)) * 10 ** (-3 * times / 0.5)
    tail *= 1 / np.sqrt(np.sum(tail**2))
    size = 1 << (len(samples) + len(tail)).bit_length()
    echo = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(tail, size), size)
    whole = samples + echo[: len(samples)].astype(np.float32)
    found: Samples = (whole / max(float(np.abs(whole).max()), 1.0)).astype(np.float32)
    return found


def _at_speed(factor: float) -> Callable[[Samples, np.random.Generator], Samples]:
    def changed(samples: Samples, dice: np.random.Generator) -> Samples:
        parts = stretched(iter([Sound(samples)]), factor, sample_rate=WHISPER_SAMPLE_RATE)
        return np.concatenate([part.samples for part in parts])

    return changed


CONDITIONS: dict[str, Callable[[Samples, np.random.Generator], Samples]] = {
    "as spoken": lambda samples, dice: samples,
    "white noise, 10 dB": _noisy,
    "telephone band": lambda samples, dice: telephone_band(samples),
    "reverb": _in_a_hall,
    "speed 0.8": _at_speed(0.8),
    "speed 1.25": _at_speed(1.25),
    "telephone and noise": lambda samples, dice: _noisy(telephone_band(samples), dice),
}
