"""Let a Piper voice that somebody brought say a few lines, in a process of its own.

A broken or hostile model may crash ONNX Runtime, or take all memory or time: what happens here
happens to a child that knows no secrets and whose means are bounded.
`python -m audio.engines.speech.piper_trial FOLDER LINE...` is that child.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from audio.engines.base import EngineError
from audio.engines.config import EngineConfig
from audio.engines.speech.measuring import Spoken, speak
from audio.engines.speech.piper import PiperEngine
from audio.engines.speech.piper_config import NotAVoice

TRIAL_SECONDS = 120
MEMORY_BYTES = 6 * 1024**3
"""Of addresses: what libraries reserve and never use counts too."""
SHORTEST_SECONDS, LONGEST_SECONDS = 0.4, 30.0
"""That a line may last."""
QUIETEST_LUFS = -50.0
"""Speech has about -20."""

_ROOT = Path(__file__).resolve().parents[3]
_KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "HOME")


def try_voice(folder: Path, lines: Sequence[str]) -> Spoken:
    """Let the one voice in `<folder>/piper/` say the lines. Raises NotAVoice."""
    command = [sys.executable, "-m", "audio.engines.speech.piper_trial", str(folder), *lines]
    known = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    try:
        child = subprocess.run(  # noqa: S603 - the words of the command are our own
            command,
            cwd=_ROOT,
            env=known,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TRIAL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NotAVoice(f"The voice said nothing within {TRIAL_SECONDS} s.") from error
    return _verdict(child.returncode, child.stdout)


def _verdict(status: int, said: bytes) -> Spoken:
    try:
        answer: dict[str, Any] = json.loads(said.splitlines()[-1])
    except (IndexError, ValueError):
        raise NotAVoice(f"The model broke the process that tried it (status {status}).") from None
    if problem := answer.get("problem"):
        raise NotAVoice(f"The voice can't be spoken: {problem}")
    return Spoken(**answer | {"seconds": tuple(answer["seconds"])})


def _say(folder: Path, lines: Sequence[str]) -> dict[str, Any]:
    engine = PiperEngine(EngineConfig(models_dir=folder, engine_threads=1))
    voice = engine.voices()[0]
    spoken = speak(engine, lines, voice=voice.name, language=voice.language)
    for seconds in spoken.seconds:
        if not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
            return {"problem": f"one sentence lasts {seconds:.1f} s."}
    if spoken.lufs < QUIETEST_LUFS:
        return {"problem": "its audio is almost silent."}
    return asdict(spoken)


def _bound() -> None:
    """What this process may take, before anything is loaded."""
    for kind, amount in {
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_CPU: TRIAL_SECONDS,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
    }.items():
        resource.setrlimit(kind, (amount, amount))


def main() -> None:
    _bound()
    try:
        answer = _say(Path(sys.argv[1]), sys.argv[2:])
    except EngineError as error:
        answer = {"problem": str(error)}
    except Exception as error:  # noqa: BLE001 - whatever a library makes of a broken model
        words = str(error).replace(f"{sys.argv[1]}/", "")
        answer = {"problem": f"{type(error).__name__}: {words[:300]}"}
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
