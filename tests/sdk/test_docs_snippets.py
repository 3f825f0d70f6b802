"""Every program of the documentation, run as a reader runs it who copies it from the page."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from dashboard.docs.examples import FOLDER, LANGUAGES
from dashboard.docs.pages import pages
from tests.conftest import embedded_only
from tests.harness.account import Account
from tests.harness.audio import hear
from tests.harness.node import PACKAGES, install_clients, node_for
from tests.harness.server import Server

pytestmark = [embedded_only, pytest.mark.thorough]

RUN_SECONDS = 90
BY_SUFFIX = {language.suffix: language.id for language in LANGUAGES}
PROGRAMS = sorted(
    (path.stem, BY_SUFFIX[path.suffix]) for path in FOLDER.iterdir() if path.suffix in BY_SUFFIX
)

PRINTED = {
    "hello": r"(?i)hello.*audio",
    "speech-events": r"speech\.audio\.done",
    "transcription": r"(?i)hello.*audio",
    "words": r"(?is)0\.\d.*hello|hello.*0\.\d",
    "subtitles": r"1\n00:00:00,\d{3} --> 00:00:0\d,\d{3}\nHello",
    "transcription-stream": r"(?i)hello",
    "translation": r"(?i)dog",
    "voices": r"ef_dora",
    "balance": r"\b[45](\.\d|\d{5}|\b)",
    "estimate": r"\b15000\b",
    "bulk-conversion": r'"total": ?2\b',
    "new-key": r'"api_key":"ap_[0-9A-Za-z]{38}"',
    "webhook-endpoint": r'"secret":"whsec_[\w-]{43}"',
    "refused": r"400(?s:.*)invalid_value|400.*\n(?s:.*)no-such-voice",
}
"""What a program says, somewhere in what it prints."""
RECEIVERS = {"webhook"}
"""Programs that wait to be called: `tests/webhooks/test_snippets.py` calls them."""
MADE = {
    "hello": "hello.mp3",
    "speech": "breath.wav",
    "speech-stream": "story.mp3",
    "idempotency": "once.mp3",
    "translation": "perro.mp3",
    "migration": "moved.mp3",
    "conversion": "hello.m4a",
    "noise-reduction": "clean.mp3",
}
"""The recording that a program leaves behind."""


@dataclass(frozen=True)
class Shown:
    """What the pages of a server say. programs: by the id of their element."""

    base_url: str
    programs: dict[str, str]


@dataclass(frozen=True)
class Reader:
    """Somebody with a key, and a folder in which `hello.mp3` lies."""

    folder: Path
    key: str
    shown: Shown
    api: str

    def code(self, name: str, language: str) -> str:
        """As it stands on its page; the server under test is at another port than it believes."""
        code = self.shown.programs[f"snippet-{name}-{language}"]
        return code.replace(self.shown.base_url, self.api)

    def run(self, command: list[str]) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "AUDIOPOD_API_KEY": self.key},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{command[-1]}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def read(server: Server) -> Shown:
    with httpx.Client(base_url=server.url, verify=False, timeout=60) as visitor:
        text = "".join(visitor.get(f"/docs/{page.slug}/").text for page in pages())
    found = re.findall(r'<code id="([^"]+)">(.*?)</code>', text, re.DOTALL)
    programs = {id_: html.unescape(code) for id_, code in found}
    return Shown(programs.pop("api-base"), programs)


@pytest.fixture(scope="module")
def reader(server: Server, account: Account, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    folder = tmp_path_factory.mktemp("reader")
    with account.sdk() as client:
        client.audio.speech.create(
            model="tts-1", voice="nova", input="Hello from AudioPod."
        ).write_to_file(folder / "hello.mp3")
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "openai").symlink_to(PACKAGES / "node_modules" / "openai-7")
    return Reader(folder, account.key, read(server), account.api)


def command(language: str, code: str, folder: Path) -> list[str]:
    if language == "curl":
        return ["bash", "-euo", "pipefail", "-c", code]
    if language == "python":
        return [sys.executable, "-c", code]
    node = node_for("openai-7")
    install_clients(node)
    (folder / "program.mjs").write_text(code)
    return [node.program, "program.mjs"]


def test_every_program_is_on_a_page(reader: Reader) -> None:
    expected = {f"snippet-{name}-{language}" for name, language in PROGRAMS}
    assert {id_ for id_ in reader.shown.programs if id_.startswith("snippet-")} == expected


@pytest.mark.parametrize(
    ("name", "language"),
    [each for each in PROGRAMS if each != ("migration", "curl") and each[0] not in RECEIVERS],
)
def test_a_program_does_what_its_page_says(reader: Reader, name: str, language: str) -> None:
    wanted = command(language, reader.code(name, language), reader.folder)
    if name == "migration":  # what the shell's part sets, the others read
        prelude = reader.code("migration", "curl")
        wanted = ["bash", "-euc", f'{prelude}\nexec "$@"', "bash", *wanted]
    made = reader.folder / MADE[name] if name in MADE else None
    if made is not None:
        made.unlink(missing_ok=True)

    said = reader.run(wanted)

    assert name in PRINTED or made is not None
    if name in PRINTED:
        assert re.search(PRINTED[name], said), said
    if made is not None:
        assert hear(made.read_bytes()).seconds > 0.5
