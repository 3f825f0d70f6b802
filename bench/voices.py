"""How fast and how loud each voice is: `python -m bench.voices`.

Each installed voice says a few lines in its language, without its gain and with it. Then follows
what `voices/catalogue.toml` has of them. Ten minutes on two cores, less with `--lines 1`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "audiopod.settings")
django.setup()

from audio.engines import registry  # noqa: E402
from audio.engines.base import SpeechEngine  # noqa: E402
from audio.engines.config import EngineConfig  # noqa: E402
from audio.engines.speech import measuring  # noqa: E402
from bench.report import table  # noqa: E402
from tests.harness.programs import ROOT  # noqa: E402
from voices.catalogue import describe  # noqa: E402
from voices.measuring import lines  # noqa: E402
from voices.models import VoiceProfile  # noqa: E402

HEADER = ("voice", "LUFS before", "after", "peak before, dBTP", "after", "pace, ms a beat")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.voices", description=__doc__)
    parser.add_argument("--lines", type=int, default=3, help="so many for each voice")
    parser.add_argument("--voice", action="append", default=[], help="only these")
    asked = parser.parse_args()
    models_dir = Path(os.environ.get("MODELS_DIR") or ROOT / "var" / "models")
    registry.configure(EngineConfig(models_dir=models_dir, engine_threads=2))
    rows, entries = [], []
    for engine, voices in registry.installed_voices().items():
        entries.append(f"[measured.{engine}]")
        for voice in voices:
            if asked.voice and voice.name not in asked.voice:
                continue
            entry = describe(engine, voice)
            profile = VoiceProfile(display_name=entry.display_name, language=entry.language)
            said = lines(profile)[1 : 1 + asked.lines] if asked.lines < 3 else lines(profile)
            spoken = measuring.speak(
                registry.get(SpeechEngine, engine),
                said,
                voice=voice.name,
                language=entry.language,
            )
            found = measuring.learned(spoken, said, entry.language)
            levels = (
                spoken.lufs,
                spoken.lufs + found.gain_db,
                spoken.peak_db,
                spoken.peak_db + found.gain_db,
            )
            rows.append([voice.name, *(f"{level:.1f}" for level in levels), f"{found.pace_ms:.1f}"])
            values = f"pace_ms = {found.pace_ms}, gain_db = {found.gain_db}"
            entries.append(f"{voice.name} = {{ {values} }}")
            sys.stderr.write(json.dumps([voice.name, spoken.seconds, levels]) + "\n")
    print(table(HEADER, rows), *entries, sep="\n")


if __name__ == "__main__":
    main()
