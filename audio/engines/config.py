"""How the engines of a process are set up; filled from the settings, which know Django."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class EngineConfig:
    """What every engine is built with.

    models_dir: the folder of weights, one subfolder per asset.
    whisper_model: an asset name (`whisper-base`), a folder, a name on the Hugging Face hub, or
        `auto` for the best installed one that this machine is fast enough for.
    device: `auto`, `cpu` or `cuda`; it concerns Whisper.
    engine_threads: threads inside one call of an engine.
    whisper_workers: transcriptions that may run at the same time.
    whisper_fitted: encode short clips in fewer frames than a full window, where it is measured.
    extra_engines: dotted paths `package.module:ClassName` of engines from elsewhere.
    """

    models_dir: Path
    whisper_model: str = "whisper-base"
    device: str = "auto"
    engine_threads: int = 1
    whisper_workers: int = 1
    whisper_fitted: bool = True
    extra_engines: tuple[str, ...] = ()
