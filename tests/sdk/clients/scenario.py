"""What a scenario is given, and the list of them.

The modules of scenarios are run by Pythons that have a client and nothing else of ours: they
import the standard library, the client, and each other.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openai import AsyncOpenAI, OpenAI

REQUEST_SECONDS = 120
QUIET_SECONDS = 2.5
"""How long the recording without a word is: a transcript of it costs nobody any time."""


@dataclass(frozen=True)
class Stage:
    """A server, two keys, recordings, and what the server logs of its requests."""

    api: str
    key: str
    poor_key: str
    """Of an account that has a millionth of a dollar."""
    hurried_key: str
    """May ask for something once a minute."""
    folder: Path
    """`speech.wav` and `habla.wav` with words, `quiet.wav` without, and room for more."""
    words: str
    """What is said in `speech.wav`."""
    log: Path

    @classmethod
    def from_environment(cls) -> Stage:
        given = json.loads(os.environ["STAGE"])
        return cls(**given | {"folder": Path(given["folder"]), "log": Path(given["log"])})

    def client(self, **options: Any) -> OpenAI:
        return OpenAI(**self._defaults() | options)

    def async_client(self, **options: Any) -> AsyncOpenAI:
        return AsyncOpenAI(**self._defaults() | options)

    def _defaults(self) -> dict[str, Any]:
        return {
            "api_key": self.key,
            "base_url": self.api,
            "timeout": REQUEST_SECONDS,
            "max_retries": 0,
        }

    def requests_logged(self, path: str, status: int) -> int:
        """How many requests the server has answered so, as its access log counts them."""
        wanted = f" POST /api/v1{path} {status} "
        return sum(wanted in line for line in self.log.read_text().splitlines())


Scenario = Callable[[Stage], Coroutine[Any, Any, None] | None]
SCENARIOS: dict[str, Scenario] = {}


def scenario(act: Scenario) -> Scenario:
    """List a function as a scenario. It fails by raising."""
    SCENARIOS[act.__name__] = act
    return act


def words_of(text: str) -> set[str]:
    """The words of a text, without case and punctuation."""
    plain = "".join(c if c.isalnum() else " " for c in text.lower())
    return set(plain.split())


def assert_heard(text: str, words: str) -> None:
    """Most of the words were understood: the model is a small one."""
    said = words_of(words)
    assert len(said & words_of(text)) >= 0.6 * len(said), text


def events_of(lines: Any) -> list[dict[str, Any]]:
    """The JSON of each event of a stream that is read line by line."""
    found = []
    for line in lines:
        with suppress(ValueError):
            if line.startswith("data: "):
                found.append(json.loads(line[len("data: ") :]))
    return found
