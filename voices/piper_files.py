"""Piper voices that were added to this server: their files, in the storage and on this machine.

The storage has them for all workers, in `piper-voices/`; a worker takes what it is asked to speak
into `MODELS_DIR/piper-own/`, where the engine looks. The name of the files ends with the hash of
the model, so other content never hides behind a known name, and no copy is ever out of date.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from filelock import FileLock

from audio.engines.base import EngineError
from voices.catalogue import VoiceKey
from voices.models import VoiceProfile

log = logging.getLogger(__name__)

ENGINE = "piper"
STORED = "piper-voices"
LOCAL = "piper-own"
CONFIG, MODEL = ".onnx.json", ".onnx"
DIGEST_LENGTH = 12
"""hexadecimal digits"""

_STEM = re.compile(rf"[a-z][a-z0-9_-]*-[0-9a-f]{{{DIGEST_LENGTH}}}")


def stem_of(name: str, model: Path) -> str:
    """What the engine shall call a voice: its name and the hash of its model."""
    return f"{name}-{_digest(model)}"


def is_added(engine: str, engine_voice: str) -> bool:
    """Whether a voice may be one of these, by its name."""
    return engine == ENGINE and _STEM.fullmatch(engine_voice) is not None


def keep(stem: str, model: Path, config: bytes) -> None:
    """Put a voice's files into the storage, and here. The model comes last: without it a voice
    is not there yet. Raises EngineError."""
    try:
        _store(stem + CONFIG, ContentFile(config))
        with model.open("rb") as file:
            _store(stem + MODEL, File(file))
    except Exception as error:  # whatever the storage raises
        raise EngineError(f"The files of {stem} can't be stored: {error}") from error
    bring(ENGINE, stem)


def bring(engine: str, engine_voice: str) -> None:
    """Have the files of an added voice on this machine; nothing to do for any other voice.

    Raises EngineError where they can't be had.
    """
    if not is_added(engine, engine_voice) or _is_here(engine_voice):
        return
    try:
        if default_storage.exists(f"{STORED}/{engine_voice}{MODEL}"):
            _fetch(engine_voice)
    except Exception as error:
        raise EngineError(f"The files of {engine_voice} can't be had: {error}") from error


def discard_unused(engine: str, engine_voice: str) -> bool:
    """Remove the files of an added voice that no profile speaks any more; whether it was so."""
    in_use = VoiceProfile.objects.filter(engine=engine, engine_voice=engine_voice).exists()
    if in_use or not is_added(engine, engine_voice):
        return False
    for suffix in (MODEL, CONFIG):
        default_storage.delete(f"{STORED}/{engine_voice}{suffix}")
        (_folder() / f"{engine_voice}{suffix}").unlink(missing_ok=True)
    return True


def sync() -> frozenset[VoiceKey]:
    """Have here what the storage has, and nothing else; returns what is here now.

    A storage that does not answer changes nothing: what is here can be spoken.
    """
    try:
        stored = _stored()
    except Exception:  # whatever the storage raises
        log.exception("the added voices can't be listed; those that are here stay")
        return _here()
    for stem in stored:
        try:
            bring(ENGINE, stem)
        except EngineError as error:
            log.error("%s", error)
    for _engine, stem in _here():
        if stem not in stored:
            for suffix in (MODEL, CONFIG):
                (_folder() / f"{stem}{suffix}").unlink(missing_ok=True)
    return _here()


def _folder() -> Path:
    return Path(settings.MODELS_DIR) / LOCAL


def _is_here(stem: str) -> bool:
    return all((_folder() / f"{stem}{suffix}").is_file() for suffix in (MODEL, CONFIG))


def _here() -> frozenset[VoiceKey]:
    stems = (path.name.removesuffix(MODEL) for path in _folder().glob(f"*{MODEL}"))
    return frozenset((ENGINE, stem) for stem in stems if _STEM.fullmatch(stem))


def _stored() -> set[str]:
    try:
        names = default_storage.listdir(STORED)[1]
    except FileNotFoundError:
        return set()
    stems = {name.removesuffix(MODEL) for name in names if name.endswith(MODEL)}
    return {stem for stem in stems if _STEM.fullmatch(stem) and stem + CONFIG in names}


def _store(name: str, file: File[bytes]) -> None:
    path = f"{STORED}/{name}"
    default_storage.delete(path)  # of an earlier try that was cut short
    default_storage.save(path, file)


def _fetch(stem: str) -> None:
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        for suffix in (CONFIG, MODEL):
            part = folder / f"{stem}{suffix}.part"
            _copy(f"{STORED}/{stem}{suffix}", part)
            if suffix == MODEL and _digest(part) != stem[-DIGEST_LENGTH:]:
                part.unlink()
                raise OSError("the stored model is damaged: add the voice again")
            part.replace(folder / f"{stem}{suffix}")


def _copy(path: str, target: Path) -> None:
    """From the storage; where that is a folder of this machine, without taking more room."""
    target.unlink(missing_ok=True)
    try:
        os.link(default_storage.path(path), target)
    except (NotImplementedError, OSError):
        with default_storage.open(path, "rb") as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)


def _digest(model: Path) -> str:
    with model.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:DIGEST_LENGTH]
