"""AudioPod in both modes beside its bare engines, in one run: `python -m bench [--runs 5]`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bench.bare import Answer, BareEngines
from bench.ratios import measure_ratios, ratios_report, save
from bench.report import Measured, speech_report, transcription_report
from bench.served import Served, Timing, served
from tests.harness.audio import ffmpeg_convert
from tests.harness.postgres import postgres
from tests.harness.programs import ROOT

TEXT = (
    "The ferry leaves the island at seven, long before the bakery opens its green shutters."
    " By then the fishermen have mended their nets, and the harbour smells of salt and diesel."
)
VOICE, LANGUAGE = "af_nova", "en-US"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="measured runs of each (default: 5)")
    parser.add_argument("--ratios", action="store_true", help="only speech against its libraries")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write these ratios there as well"
    )
    asked = parser.parse_args()
    runs: int = asked.runs
    models_dir = Path(os.environ.get("MODELS_DIR") or ROOT / "var" / "models")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="audiopod-bench-")))
        modes = list(_start_modes(stack, folder, models_dir, embedded_only=asked.ratios))
        settings = engine_settings(models_dir)
        print(f"{os.cpu_count()} cores, medians of {runs} alternating runs after one to warm up\n")
        libraries = BareEngines(settings, "bench.ratios")
        stack.callback(libraries.stop)
        ratios = measure_ratios(libraries, modes[0], runs)
        print(ratios_report(ratios), end="\n\n", flush=True)
        if asked.json:
            save(ratios, asked.json)
        if asked.ratios:
            return
        bare = BareEngines(settings)
        stack.callback(bare.stop)
        print(speech_report(measure_speech(bare, modes, runs)), end="\n\n", flush=True)
        print(transcription_report(measure_transcription(bare, modes, runs, folder)))


def engine_settings(models_dir: Path) -> dict[str, Any]:
    """The server's own defaults, by the names of `registry.EngineConfig`."""
    return {
        "models_dir": str(models_dir),
        "whisper_model": os.environ.get("WHISPER_MODEL", "whisper-base"),
        "device": os.environ.get("ENGINE_DEVICE", "auto"),
        "engine_threads": int(os.environ.get("ENGINE_THREADS") or os.cpu_count() or 1),
        "whisper_workers": int(os.environ.get("WHISPER_WORKERS", "2")),
    }


def measure_speech(bare: BareEngines, modes: Sequence[Served], runs: int) -> Measured:
    return _alternate(
        runs,
        lambda: bare.speak(text=TEXT, voice=VOICE, language=LANGUAGE),
        {mode.name: lambda mode=mode: mode.speak(TEXT) for mode in modes},  # type: ignore[misc]
    )


def measure_transcription(
    bare: BareEngines, modes: Sequence[Served], runs: int, folder: Path
) -> Measured:
    """The speech of before is what is transcribed, as an mp3 upload."""
    body = {"model": "tts-1", "voice": "nova", "input": TEXT, "response_format": "mp3"}
    upload = modes[0].client.post("/audio/speech", json=body).content
    samples = folder / "samples.pcm"
    samples.write_bytes(ffmpeg_convert(upload, "-f", "s16le", "-ar", "16000", "-ac", "1"))
    return _alternate(
        runs,
        lambda: bare.transcribe(samples),
        {mode.name: lambda mode=mode: mode.transcribe(upload) for mode in modes},  # type: ignore[misc]
    )


def _alternate(
    runs: int, ask_bare: Callable[[], Answer], ask_served: dict[str, Callable[[], Timing]]
) -> Measured:
    """Ask each in turn, so that a slow minute of the machine hits all; once more to warm up."""
    measured = Measured([], {name: [] for name in ask_served})
    for _ in range(runs + 1):
        measured.bare.append(ask_bare())
        for name, ask in ask_served.items():
            measured.served[name].append(ask())
    return Measured(measured.bare[1:], {name: r[1:] for name, r in measured.served.items()})


def _start_modes(
    stack: ExitStack, folder: Path, models_dir: Path, *, embedded_only: bool
) -> Iterator[Served]:
    yield stack.enter_context(served("embedded", folder / "embedded", models_dir))
    if embedded_only:
        return
    try:
        cluster = stack.enter_context(postgres())
        yield stack.enter_context(served("grown up", folder / "grown-up", models_dir, cluster))
    except pytest.skip.Exception as absent:
        sys.stderr.write(f"Grown up: not measured. {absent}\n")


if __name__ == "__main__":
    main()
