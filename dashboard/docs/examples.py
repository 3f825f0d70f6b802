"""Programs that readers copy, each in several languages, as files of the folder `snippets`.

They stand there as they run: the tests of the documentation run every one of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

FOLDER = Path(__file__).parent / "snippets"
WRITTEN_URL = "http://127.0.0.1:8000/api/v1"
"""Where the files call; pages say where this server is."""


@dataclass(frozen=True, slots=True)
class Language:
    """What an example is written in. written_key: how it reads the key from the environment."""

    id: str
    label: str
    suffix: str
    written_key: str


LANGUAGES = (
    Language("curl", "curl", ".sh", "$AUDIOPOD_API_KEY"),
    Language("python", "Python", ".py", 'os.environ["AUDIOPOD_API_KEY"]'),
    Language("node", "Node", ".mjs", "process.env.AUDIOPOD_API_KEY"),
)


@dataclass(frozen=True, slots=True)
class Example:
    """One program in one language."""

    name: str
    language: Language
    code: str

    @property
    def id(self) -> str:
        """Of its element on a page."""
        return f"snippet-{self.name}-{self.language.id}"


def base_url() -> str:
    """What clients of this server set as their base URL."""
    return f"{settings.PUBLIC_URL}/api/v1"


def examples(name: str, *, api_key: str = "") -> list[Example]:
    """An example in every language that it has, calling this server.

    api_key: is written into the programs, which else take it from AUDIOPOD_API_KEY. Raises
    ValueError when nothing has that name.
    """
    found = [
        Example(name, language, _with_key(code.replace(WRITTEN_URL, base_url()), language, api_key))
        for language, code in _files(name)
    ]
    if not found:
        raise ValueError(f"No example is called {name!r}: put one into {FOLDER.name}/.")
    return found


@cache
def _files(name: str) -> list[tuple[Language, str]]:
    paths = [(language, FOLDER / f"{name}{language.suffix}") for language in LANGUAGES]
    return [(language, path.read_text().rstrip()) for language, path in paths if path.exists()]


def _with_key(code: str, language: Language, api_key: str) -> str:
    if not api_key:
        return code
    if language.id == "curl":
        return f"export AUDIOPOD_API_KEY={api_key}\n\n{code}"
    return code.removeprefix("import os\n\n").replace(language.written_key, json.dumps(api_key))
