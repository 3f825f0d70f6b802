"""What noise reduction takes away, and what it costs: `python -m bench.noise`.

Sentences of two voices are put into white and pink noise, the babble of others, mains hum and
clicks, at 0, 5 and 10 dB, and cleaned by each mode of the engine. Beside them, in the same run,
stand what was not cleaned and, where they are installed, `noisereduce` and RNNoise (`pyrnnoise`).
Asked of each: SI-SDR, PESQ and STOI where `pesq` and `pystoi` are installed, the words that
whisper-base hears wrong, and the processor's time. `--limits` tries other limits of the engine.
"""

from __future__ import annotations

import argparse
import ctypes
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import mean

import av
import jiwer
import numpy as np
from numpy.typing import NDArray

from audio.engines.base import Cleaning
from audio.engines.config import EngineConfig
from audio.engines.noise import deepfilter
from audio.engines.noise.deepfilter import DeepFilterEngine
from audio.engines.speech.kokoro import KokoroEngine
from audio.engines.speech.piper import PiperEngine
from audio.engines.transcription.whisper import FasterWhisperEngine
from bench.report import table
from tests.harness.programs import ROOT

RATE = 48_000
LEVELS_DB = (0, 5, 10)
KINDS = ("white", "pink", "babble", "hum", "clicks")
SAID = (
    "The harbour was awake before the sun came up, and seven boats moved out between the stones.",
    "Please send the blue box to my office before Friday morning, and call me when it is there.",
)
OTHERS = (
    "Nobody had told us that the shop would be closed on Monday.",
    "We walked along the river until the lights of the town came on.",
    "My brother wants to buy an old car and drive it to the sea.",
)
Samples = NDArray[np.float32]
Clean = Callable[[Samples], Samples]
normalised = jiwer.Compose(
    [jiwer.ToLowerCase(), jiwer.RemovePunctuation(), jiwer.RemoveMultipleSpaces(), jiwer.Strip()]
)


@dataclass(frozen=True, slots=True)
class Heard:
    """Of one recording. si_sdr: dB; words: that were heard wrong, and how many there are; cpu: its
    seconds for a second of sound; the others are None where they were not asked."""

    si_sdr: float
    pesq: float | None
    stoi: float | None
    words: tuple[int, int]
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.noise", description=__doc__)
    parser.add_argument("--limits", type=float, nargs="*", default=[], help="dB, beside the modes")
    parser.add_argument("--sentences", type=int, default=len(SAID), help="how many of them")
    asked = parser.parse_args()
    config = EngineConfig(ROOT / "var" / "models", engine_threads=1)
    ways = _ways(config, asked.limits)
    listener = FasterWhisperEngine(config)
    heard: dict[tuple[str, str, int], list[Heard]] = defaultdict(list)
    for kind, level, said, clean, noisy in _recordings(config, asked.sentences):
        print(f"{kind} at {level} dB", file=sys.stderr)
        for name, way in ways.items():
            heard[name, kind, level].append(_heard(listener, said, clean, noisy, way))
    for level in LEVELS_DB:
        print(f"\n### Noise at {level} dB\n")
        print(_table(heard, list(ways), level))
    print("\nCPU seconds for a second of one channel:")
    for name in ways:
        print(
            f"{name}: {mean(h.cpu for key, hs in heard.items() if key[0] == name for h in hs):.3f}"
        )


# --- ways to clean --------------------------------------------------------------------------------
def _ways(config: EngineConfig, limits: list[float]) -> dict[str, Clean]:
    ways: dict[str, Clean] = {"untreated": lambda noisy: noisy}
    for mode in Cleaning:
        ways[mode.value] = _by_engine(config, mode, deepfilter.STRENGTHS[mode])
    for limit in limits:
        strength = deepfilter.Strength(limit)
        ways[f"at most {limit:g} dB"] = _by_engine(config, Cleaning.BALANCED, strength)
    if find_spec("noisereduce"):
        ways["noisereduce"] = _noisereduce
    if library := _rnnoise_library():
        ways["RNNoise"] = lambda noisy: _rnnoise(library, noisy)
    return ways


def _by_engine(config: EngineConfig, mode: Cleaning, strength: deepfilter.Strength) -> Clean:
    engine = DeepFilterEngine(config, strengths={mode: strength})

    def clean(noisy: Samples) -> Samples:
        return np.concatenate(list(engine.clean([noisy[:, None]], mode=mode)))[:, 0]

    return clean


def _noisereduce(noisy: Samples) -> Samples:
    import noisereduce

    return np.asarray(noisereduce.reduce_noise(y=noisy, sr=RATE), np.float32)


def _rnnoise_library() -> ctypes.CDLL | None:
    spec = find_spec("pyrnnoise")
    if not spec or not spec.submodule_search_locations:
        return None
    library = ctypes.CDLL(str(Path(spec.submodule_search_locations[0]) / "librnnoise.so"))
    library.rnnoise_create.restype = ctypes.c_void_p
    library.rnnoise_create.argtypes = [ctypes.c_void_p]
    library.rnnoise_process_frame.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    library.rnnoise_process_frame.restype = ctypes.c_float
    library.rnnoise_destroy.argtypes = [ctypes.c_void_p]
    return library


def _rnnoise(library: ctypes.CDLL, noisy: Samples) -> Samples:
    frame = library.rnnoise_get_frame_size()
    padded = np.pad(noisy, (0, -len(noisy) % frame)) * np.float32(32_768)
    made = np.empty_like(padded)
    state = library.rnnoise_create(None)
    for at in range(0, len(padded) * 4, frame * 4):
        library.rnnoise_process_frame(state, made.ctypes.data + at, padded.ctypes.data + at)
    library.rnnoise_destroy(state)
    return made[: len(noisy)] / np.float32(32_768)


# --- recordings -----------------------------------------------------------------------------------
def _recordings(
    config: EngineConfig, sentences: int
) -> Iterator[tuple[str, int, str, Samples, Samples]]:
    """Of which noise, at how many dB, what is said, without noise, with it."""
    kokoro, piper = KokoroEngine(config), PiperEngine(config)
    spoken = [_spoken(kokoro, "af_nova", SAID[0]), _spoken(piper, "en_US-joe-medium", SAID[1])]
    babble = _babble(kokoro)
    for said, clean in list(zip(SAID, spoken, strict=True))[:sentences]:
        for kind, noise in _noises(len(clean), babble).items():
            for level in LEVELS_DB:
                gain = np.sqrt(_power(clean) / _power(noise) / 10 ** (level / 10))
                yield kind, level, said, clean, clean + np.float32(gain) * noise


def _spoken(engine: KokoroEngine | PiperEngine, voice: str, text: str) -> Samples:
    chunks = list(engine.speak(text, voice=voice, language="en", speed=1.0))
    return _resampled(np.concatenate([c.samples for c in chunks]), chunks[0].sample_rate, RATE)


def _babble(engine: KokoroEngine) -> Samples:
    voices = ("am_michael", "bf_emma", "am_fenrir", "af_bella")
    said = [_spoken(engine, voice, " ".join(OTHERS)) for voice in voices]
    least = min(map(len, said))
    return np.sum([np.roll(one[:least], 17_000 * i) for i, one in enumerate(said)], axis=0)


def _noises(samples: int, babble: Samples) -> dict[str, Samples]:
    rng, times = np.random.default_rng(5), np.arange(samples) / RATE
    white = rng.normal(0, 1, samples)
    spectrum = np.fft.rfft(rng.normal(0, 1, samples))
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 20)), samples)
    hum = sum(np.sin(2 * np.pi * 50 * n * times + n) / n for n in (1, 2, 3, 4, 5, 6, 9, 12))
    clicks = np.zeros(samples)
    for at in rng.integers(0, samples - 200, samples // 6_000):
        clicks[at : at + 200] += np.exp(-np.arange(200) / 20) * rng.normal(0, 1, 200)
    every = {"white": white, "pink": pink, "hum": hum, "clicks": clicks}
    long_enough = np.tile(babble, samples // len(babble) + 1)[:samples]
    return {name: np.asarray(each, np.float32) for name, each in every.items()} | {
        "babble": long_enough
    }


def _power(samples: Samples) -> float:
    return float(np.mean(np.square(samples)))


def _resampled(samples: Samples, rate: int, to: int) -> Samples:
    frame = av.AudioFrame.from_ndarray(samples[None, :], format="flt", layout="mono")
    frame.sample_rate = rate
    resampler = av.AudioResampler("flt", "mono", to)
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([each.to_ndarray()[0] for each in frames])


# --- judgement ------------------------------------------------------------------------------------
def _heard(
    listener: FasterWhisperEngine, said: str, clean: Samples, noisy: Samples, way: Clean
) -> Heard:
    way(noisy[:RATE])  # what is loaded first is no part of it
    began = time.process_time()
    made = way(noisy)
    cpu = (time.process_time() - began) / (len(noisy) / RATE)
    made = _aligned(made, clean)
    return Heard(
        si_sdr=_si_sdr(made, clean),
        pesq=_pesq(made, clean),
        stoi=_stoi(made, clean),
        words=_words_wrong(listener, said, made),
        cpu=cpu,
    )


def _aligned(made: Samples, clean: Samples) -> Samples:
    """Without the delay of a program that has one."""
    most = 2_400
    lags = np.fft.irfft(
        np.fft.rfft(made, 2 * len(made)) * np.conj(np.fft.rfft(clean, 2 * len(made)))
    )
    late = int(np.argmax(lags[:most]))
    return np.pad(made[late:], (0, late))[: len(clean)]


def _si_sdr(made: Samples, clean: Samples) -> float:
    """Le Roux et al., "SDR: half-baked or well done?", 2019."""
    scaled = clean * (np.dot(made, clean) / np.dot(clean, clean))
    return float(10 * np.log10(_power(scaled) / _power(made - scaled)))


def _pesq(made: Samples, clean: Samples) -> float | None:
    if not find_spec("pesq"):
        return None
    import pesq

    wide = [_resampled(each, RATE, 16_000) for each in (clean, made)]
    return float(pesq.pesq(16_000, *wide, "wb"))


def _stoi(made: Samples, clean: Samples) -> float | None:
    if not find_spec("pystoi"):
        return None
    import pystoi

    wide = [_resampled(each, RATE, 16_000) for each in (clean, made)]
    return float(pystoi.stoi(*wide, 16_000))


def _words_wrong(listener: FasterWhisperEngine, said: str, made: Samples) -> tuple[int, int]:
    answer = listener.transcribe(
        _resampled(made, RATE, 16_000),
        task="transcribe",
        language="en",
        prompt=None,
        temperature=None,
        word_timestamps=False,
    )
    heard = "".join(segment.text for segment in answer.segments)
    words = normalised(said).split()
    rate = jiwer.wer(normalised(said), normalised(heard) or "nothing")
    return round(rate * len(words)), len(words)


# --- the table ------------------------------------------------------------------------------------
def _table(heard: dict[tuple[str, str, int], list[Heard]], ways: list[str], level: int) -> str:
    header = ["way", *(f"{kind}: SI-SDR, PESQ, STOI, words wrong" for kind in KINDS)]
    return table(
        header, ([way, *(_cell(heard[way, kind, level]) for kind in KINDS)] for way in ways)
    )


def _cell(all_heard: list[Heard]) -> str:
    wrong, words = (sum(each.words[part] for each in all_heard) for part in (0, 1))
    cells = [f"{mean(each.si_sdr for each in all_heard):.1f}"]
    for name, digits in (("pesq", 2), ("stoi", 2)):
        figures = [getattr(each, name) for each in all_heard]
        cells.append("-" if None in figures else f"{mean(figures):.{digits}f}")
    return ", ".join([*cells, f"{100 * wrong / words:.0f} %"])


if __name__ == "__main__":
    main()
