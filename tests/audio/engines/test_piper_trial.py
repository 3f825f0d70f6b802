"""A voice that somebody brought is tried in a process that may die of it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from audio.engines.config import EngineConfig
from audio.engines.speech import piper_trial
from audio.engines.speech.piper_config import NotAVoice
from audio.engines.speech.piper_trial import try_voice
from tests.audio.engines.test_piper_config import config as sane_config

JOE = "piper-en_US-joe-medium/en_US-joe-medium.onnx"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "piper").mkdir()
    return tmp_path


def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """Another program in the place of the child."""
    program = tmp_path / "child"
    program.write_text(f"#!{sys.executable}\n{script}\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))


def test_a_sound_voice_speaks(folder: Path, config: EngineConfig) -> None:
    model = config.models_dir / JOE
    shutil.copy(model, folder / "piper" / "v.onnx")
    shutil.copy(f"{model}.json", folder / "piper" / "v.onnx.json")
    spoken = try_voice(folder, ["Hello, my name is Joe.", "1, 2, 3."])
    assert 0.8 < spoken.seconds[0] < 4
    assert 0.5 < spoken.seconds[1] < 4
    assert -40 < spoken.lufs < -10


def test_a_broken_model_is_refused_in_words_without_paths(folder: Path) -> None:
    (folder / "piper" / "v.onnx").write_bytes(b"\x08\x07" + os.urandom(200_000))
    (folder / "piper" / "v.onnx.json").write_bytes(sane_config())
    with pytest.raises(NotAVoice, match="can't be spoken") as refused:
        try_voice(folder, ["Hello."])
    assert str(folder) not in str(refused.value)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("import os; os.abort()", "broke the process"),
        ("print('not JSON')", "broke the process"),
        ("", "broke the process"),
        ("import time; time.sleep(60)", "nothing within"),
        ("""print('{"problem": "no"}')""", "can't be spoken: no"),
    ],
)
def test_whatever_becomes_of_the_child_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    stand_in(monkeypatch, folder, script)
    monkeypatch.setattr(piper_trial, "TRIAL_SECONDS", 1 if "sleep" in script else 30)
    with pytest.raises(NotAVoice, match=words):
        try_voice(folder, ["Hello."])


def test_the_child_knows_no_secrets(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "do not tell")
    monkeypatch.setenv("DATABASE_URL", "postgres://user:password@host/name")
    stand_in(
        monkeypatch,
        folder,
        "import json, os; print(json.dumps({'problem': ' '.join(os.environ.values())}))",
    )
    with pytest.raises(NotAVoice) as told:
        try_voice(folder, ["Hello."])
    assert "do not tell" not in str(told.value)
    assert "password" not in str(told.value)
