"""Adding a Piper voice: judged, tried, kept for every worker, and offered under its name."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audio.engines.speech import piper_config, piper_trial
from audio.engines.speech.measuring import Measured, learned
from audio.engines.speech.piper_config import NotAVoice
from voices import piper_files, tasks
from voices.catalogue import catalogue
from voices.measuring import lines
from voices.models import VoiceAlias, VoiceProfile

__all__ = ["NewVoice", "NotAVoice", "add"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVoice:
    """What is said of a voice that is added; its language, where none is given, is that of its
    configuration."""

    name: str
    display_name: str
    language: str = ""
    gender: str = ""
    accent: str = ""
    description: str = ""
    tags: list[str] = field(default_factory=list)


def add(new: NewVoice, *, model: Path, config: bytes) -> VoiceProfile:
    """Make a public voice of `model` (`.onnx`) and `config` (the content of its `.onnx.json`).

    Takes seconds: the voice is tried in a process of its own. Raises NotAVoice for files that
    can't be spoken, ValidationError for a name that is taken or fields that make no sense, and
    EngineError where the files can't be kept.
    """
    _require_free(new.name)
    facts = piper_config.read_config(config)
    piper_config.check_model(model)
    voice = VoiceProfile(
        name=new.name,
        display_name=new.display_name,
        engine=piper_files.ENGINE,
        engine_voice=piper_files.stem_of(new.name, model),
        language=new.language or facts.language,
        gender=new.gender,
        accent=new.accent,
        description=new.description,
        tags=new.tags,
        is_installed=True,
    )
    voice.full_clean()
    found = _tried(voice, model, config)
    voice.pace_ms, voice.gain_db = found.pace_ms, found.gain_db
    piper_files.keep(voice.engine_voice, model, config)
    _offer(voice)
    return voice


def _require_free(name: str) -> None:
    """A name goes before an alias: a voice called `nova` would take that name's place."""
    shipped = catalogue()
    known = shipped.alias_names | {entry.name for entry in shipped.voices.values()}
    public = VoiceProfile.objects.public().filter(name=name)
    if name in known or public.exists() or VoiceAlias.objects.filter(name=name).exists():
        raise _taken()


def _taken() -> ValidationError:
    return ValidationError({"name": _("Another voice answers to this name.")})


def _tried(voice: VoiceProfile, model: Path, config: bytes) -> Measured:
    """What is learned of the voice when it speaks. Raises NotAVoice."""
    said = lines(voice)
    with tempfile.TemporaryDirectory(prefix="audiopod-voice-") as scratch:
        folder = Path(scratch) / piper_files.ENGINE
        folder.mkdir()
        shutil.copyfile(model, folder / "voice.onnx")
        (folder / "voice.onnx.json").write_bytes(config)
        spoken = piper_trial.try_voice(Path(scratch), said)
    return learned(spoken, said, voice.language)


def _offer(voice: VoiceProfile) -> None:
    """Save it, and have its preview made. The files go where somebody else took the name."""
    try:
        with transaction.atomic():
            voice.save()
            transaction.on_commit(partial(tasks.render_preview.send, voice.pk))
    except IntegrityError as error:
        piper_files.discard_unused(voice.engine, voice.engine_voice)
        raise _taken() from error
