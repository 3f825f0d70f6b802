"""OpenAI's client for Node, with its canonical `fs.createReadStream` upload."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.harness.account import Account
from tests.harness.audio import hear
from tests.harness.programs import find_program, missing
from tests.sdk.conftest import Recording
from tests.sdk.test_transcription import MAX_WORD_ERROR_RATE, word_error_rate

FOLDER = Path(__file__).parent / "node"
INSTALL_SECONDS = 180


@pytest.fixture(scope="session")
def node() -> str:
    """The path of Node, with the client installed beside the script that uses it."""
    program = find_program("node", remedy="install Node.js 20 or newer")
    if not (FOLDER / "node_modules" / "openai").exists():
        npm = find_program("npm", remedy="install npm")
        args = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(FOLDER)]
        done = subprocess.run(
            args, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
        if done.returncode:
            missing("npm's `openai`", f"`{' '.join(args)}` failed: {done.stderr[-300:]}")
    return program


def test_node_speaks_and_transcribes(
    node: str, account: Account, english: Recording, tmp_path: Path
) -> None:
    (tmp_path / "speech.wav").write_bytes(english.wav)

    done = subprocess.run(
        [node, str(FOLDER / "roundtrip.mjs"), str(tmp_path)],
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
