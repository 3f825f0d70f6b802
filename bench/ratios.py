"""Speech of this server against the bare libraries, as ratios: below 1 the server is faster.

The libraries are called as their own pages show it, in a process of their own: all of the speech is
made, and then encoded. `python -m bench.ratios` is that process (`bare.py` has what asks it).
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from audio.codecs.encode import SpeechFormat, encode_whole
from audio.engines.base import AudioChunk
from bench.bare import Answer, BareEngines, answering
from bench.beside import MINUTES, beside, recording
from bench.report import table
from bench.served import Served

SENTENCE = "The ferry leaves the island at seven, long before the bakery opens its green shutters."
_TEXT_10 = (
    f"{SENTENCE} By then the fishermen have mended their nets, and the harbour smells of salt and"
    " diesel."
)
TEXTS = {"1 s": "The ferry is here.", "10 s": _TEXT_10, "60 s": " ".join([_TEXT_10] * 6)}
SHORT = TEXTS["1 s"]
VOICES = {"piper": ("joe", "en_US-joe-medium"), "kokoro": ("nova", "af_nova")}
"""Engine -> its voice as the server calls it, and as the library does."""
WHOLE = (("piper", "1 s", 1.2), ("piper", "10 s", 1.0), ("piper", "60 s", 0.9))
WHOLE += (("kokoro", "10 s", 0.9),)
"""Engine, text, and the most that the server should take of what the library takes."""
FIRST = (("piper", "60 s", 0.5), ("kokoro", "10 s", 0.35))
"""The same of the first byte, of what the library takes for the first sentence."""
AT_ONCE, AT_ONCE_AIM = 4, 0.9
BESIDE_AIM = 1.2


@dataclass(frozen=True)
class Ratio:
    """seconds: of each run, in pairs; aim: what their ratio should not exceed."""

    name: str
    aim: float
    seconds: list[float]
    against: list[float]

    @property
    def ratios(self) -> list[float]:
        return [mine / theirs for mine, theirs in zip(self.seconds, self.against, strict=True)]

    @property
    def median(self) -> float:
        return statistics.median(self.ratios)


def measure_ratios(bare: BareEngines, served: Served, runs: int) -> list[Ratio]:
    """In pairs, so that a slow minute of the machine hits both; once more to warm up."""
    pairs: list[tuple[str, float, Callable[[], tuple[float, float]]]] = []
    for engine, length, aim in WHOLE:
        name = f"{engine}, {length}, to mp3"
        pairs.append((name, aim, lambda e=engine, t=length: _whole(bare, served, e, TEXTS[t])))  # type: ignore[misc]
    for engine, length, aim in FIRST:
        name = f"{engine}, {length}, first byte"
        pairs.append((name, aim, lambda e=engine, t=length: _first(bare, served, e, TEXTS[t])))  # type: ignore[misc]
    name = f"piper, {AT_ONCE} at once against in a row"
    pairs.append((name, AT_ONCE_AIM, lambda: _at_once(served)))
    long = recording(served, TEXTS["60 s"], voice=VOICES["piper"][0])
    for engine, (voice, _) in VOICES.items():
        name = f"{engine}, 1 s, beside {MINUTES} minutes of transcription, against alone"
        pairs.append((name, BESIDE_AIM, lambda v=voice: beside(served, long, SHORT, voice=v)))  # type: ignore[misc]
    found = []
    for name, aim, measure in pairs:
        both = [measure() for _ in range(runs + 1)][1:]
        found.append(Ratio(name, aim, [mine for mine, _ in both], [theirs for _, theirs in both]))
    return found


def ratios_report(ratios: Sequence[Ratio]) -> str:
    rows = [
        [
            each.name,
            f"{statistics.median(each.seconds) * 1000:.0f} ms",
            f"{statistics.median(each.against) * 1000:.0f} ms",
            f"{each.median:.2f}",
            f"{min(each.ratios):.2f}-{max(each.ratios):.2f}",
            f"{each.aim:.2f}",
            "met" if each.median <= each.aim else "missed",
        ]
        for each in ratios
    ]
    header = ["speech", "AudioPod", "against", "ratio", "range", "aim", ""]
    return f"### Speech against its bare libraries\n\n{table(header, rows)}"


def save(ratios: Sequence[Ratio], path: Path) -> None:
    found = [{**asdict(r), "ratio": r.median, "ratios": r.ratios} for r in ratios]
    path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _whole(bare: BareEngines, served: Served, engine: str, text: str) -> tuple[float, float]:
    ours, theirs = VOICES[engine]
    alone = bare.ask(do=engine, text=text, voice=theirs)
    return served.speak(text, voice=ours).total, alone["total"]


def _first(bare: BareEngines, served: Served, engine: str, text: str) -> tuple[float, float]:
    ours, theirs = VOICES[engine]
    alone = bare.ask(do=engine, text=SENTENCE, voice=theirs)
    return served.speak(text, voice=ours).first_byte, alone["made"]


def _at_once(served: Served) -> tuple[float, float]:
    """Four speeches of ten seconds by four clients, and one after the other."""
    with ExitStack() as stack:
        clients = [stack.enter_context(served.account.http()) for _ in range(AT_ONCE)]
        began = time.perf_counter()
        for client in clients:
            _spoken(client)
        in_a_row = time.perf_counter() - began
        with ThreadPoolExecutor(AT_ONCE) as pool:
            began = time.perf_counter()
            list(pool.map(_spoken, clients))
        return time.perf_counter() - began, in_a_row


def _spoken(client: httpx.Client) -> None:
    body = {"model": "tts-1", "voice": VOICES["piper"][0], "input": TEXTS["10 s"]}
    client.post("/audio/speech", json=body).raise_for_status()


def _piper(models_dir: Path, *, text: str, voice: str) -> Answer:
    began = time.perf_counter()
    made = list(_piper_voice(models_dir / f"piper-{voice}" / f"{voice}.onnx").synthesize(text))
    chunks = [AudioChunk(part.audio_float_array, part.sample_rate) for part in made]
    return _encoded(chunks, began)


def _kokoro(models_dir: Path, *, text: str, voice: str) -> Answer:
    began = time.perf_counter()
    samples, rate = _kokoro_model(models_dir / "kokoro").create(text, voice=voice, lang="en-us")
    return _encoded([AudioChunk(samples.astype(np.float32), rate)], began)


def _encoded(chunks: list[AudioChunk], began: float) -> Answer:
    made = time.perf_counter() - began
    encode_whole(chunks, SpeechFormat.MP3)
    audio = sum(chunk.seconds for chunk in chunks)
    return {"made": made, "total": time.perf_counter() - began, "audio": audio}


@lru_cache
def _piper_voice(model: Path) -> Any:
    from piper import PiperVoice

    return PiperVoice.load(model)


@lru_cache
def _kokoro_model(folder: Path) -> Any:
    from kokoro_onnx import Kokoro

    return Kokoro(str(folder / "model.onnx"), str(folder / "voices.npz"))


if __name__ == "__main__":
    answering(
        lambda settings: {
            "piper": lambda **asked: _piper(Path(settings["models_dir"]), **asked),
            "kokoro": lambda **asked: _kokoro(Path(settings["models_dir"]), **asked),
        }
    )
