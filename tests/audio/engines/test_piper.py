# ruff: noqa: RUF001 - letters of phonetics, meant as they are
"""Piper's folders: which files make a voice, and how many models stay in memory."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from audio.engines.base import AssetMissing, EngineVoice, SpeechEngine
from audio.engines.config import EngineConfig
from audio.engines.speech import piper as module
from audio.engines.speech.piper import PiperEngine

JOE_NAME = "en_US-joe-medium"
JOE = f"piper-{JOE_NAME}/{JOE_NAME}.onnx"


def voice_file(folder: Path, name: str, config: object) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.onnx").touch()
    (folder / f"{name}.onnx.json").write_text(json.dumps(config))


def test_a_voice_is_a_model_with_its_configuration(tmp_path: Path) -> None:
    voice_file(tmp_path / "piper-es", "es_ES-a", {"language": {"code": "es_ES"}})
    voice_file(tmp_path / "piper", "old", {"espeak": {"voice": "de"}})
    voice_file(tmp_path / "piper", "broken", [])
    (tmp_path / "piper" / "alone.onnx").touch()

    voices = PiperEngine(EngineConfig(tmp_path)).voices()

    assert voices == [EngineVoice("es_ES-a", "es-ES"), EngineVoice("old", "de")]


def test_without_a_voice_it_says_where_to_put_one(tmp_path: Path) -> None:
    with pytest.raises(AssetMissing, match="fetch_models"):
        PiperEngine(EngineConfig(tmp_path)).load()


def test_a_dropped_voice_is_spoken_and_old_ones_make_room(
    piper: SpeechEngine, config: EngineConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert piper.voices()
    monkeypatch.setattr(module, "_VOICES_IN_MEMORY", 1)
    (tmp_path / "piper").mkdir()
    for name in ("one", "two"):
        for suffix in ("", ".json"):
            copy = tmp_path / "piper" / f"{name}.onnx{suffix}"
            shutil.copy(config.models_dir / (JOE + suffix), copy)
    engine = PiperEngine(EngineConfig(tmp_path))

    for name in ("one", "two"):
        assert list(engine.speak("Hello.", voice=name, language="en-US", speed=1.0))

    assert list(engine._loaded) == ["two"]


def test_a_word_in_phonetic_letters_is_said_and_not_spelt(piper: SpeechEngine) -> None:
    def seconds(text: str) -> float:
        said = piper.speak(text, voice=JOE_NAME, language="en-US", speed=1.0)
        return sum(chunk.seconds for chunk in said)

    plain = seconds("I would like some cheese and bread.")
    phonetic = seconds("I would like some /tʃiːz/ and bread.")

    assert phonetic == pytest.approx(plain, rel=0.25)


def test_the_pieces_say_their_text_and_where_they_begin(piper: SpeechEngine) -> None:
    text = "The first sentence is here. " * 20
    chunks = list(piper.speak(text, voice=JOE_NAME, language="en-US", speed=2.0))
    said = [each for chunk in chunks for each in chunk.said]
    assert " ".join(each.text for each in said) == text.strip()


def test_items_of_a_list_are_sentences_whatever_letter_they_begin_with(
    piper: SpeechEngine,
) -> None:
    """ "mix the flour. serve warm" is one breath to Piper."""
    items = ["mix the flour", "serve it warm", "preheat the oven"]

    chunks = list(piper.speak("\n".join(items), voice=JOE_NAME, language="en-US", speed=1.0))

    assert len(chunks) == len(items)


def test_no_sentence_is_lifted_to_full_scale(piper: SpeechEngine) -> None:
    """Each sentence had its loudest moment at 1.0, however it was said."""
    voice = piper.voices()[0]
    text = "Good morning. The ferry leaves at seven."

    chunks = list(piper.speak(text, voice=voice.name, language=voice.language, speed=1.0))

    peaks = [float(np.abs(chunk.samples).max()) for chunk in chunks]
    assert len(peaks) == 2
    assert max(peaks) < 0.99
    assert len(set(peaks)) == 2
