"""OpenAI's client for Node in both modes; `clients/test_node.py` has all that it can do."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.harness.account import Account
from tests.harness.audio import hear
from tests.harness.node import PACKAGES, install_clients, node_for
from tests.sdk.conftest import Recording
from tests.sdk.test_transcription import MAX_WORD_ERROR_RATE, word_error_rate

pytestmark = pytest.mark.thorough


def test_node_speaks_and_transcribes(account: Account, english: Recording, tmp_path: Path) -> None:
    (tmp_path / "speech.wav").write_bytes(english.wav)
    node = node_for("openai-6")
    install_clients(node)

    done = subprocess.run(
        [node.program, str(PACKAGES / "roundtrip.mjs"), str(tmp_path)],
        env={"OPENAI_API_KEY": account.key, "OPENAI_BASE_URL": account.api},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert word_error_rate(english.words, answer["text"]) <= MAX_WORD_ERROR_RATE
    assert answer["status"] == 400
    assert answer["param"] == "voice"
    assert hear((tmp_path / "hello.mp3").read_bytes()).seconds > 0.5
