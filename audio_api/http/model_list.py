"""The models that clients may name.

A model's name is accepted whatever it is: the voice chooses the engine of a speech, and
`WHISPER_MODEL` that of a transcript. The names here are those that clients look for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict


@dataclass(frozen=True, slots=True)
class Name:
    """A name in the list. created: Unix seconds, what OpenAI says of it where OpenAI says it."""

    id: str
    created: int
    speaks: bool


NAMES = (
    Name("tts-1", 1681940951, speaks=True),
    Name("tts-1-hd", 1699046015, speaks=True),
    Name("gpt-4o-mini-tts", 1742403959, speaks=True),
    Name("kokoro", 1737936000, speaks=True),
    Name("piper", 1672531200, speaks=True),
    Name("whisper-1", 1677532384, speaks=False),
    Name("gpt-4o-transcribe", 1742068463, speaks=False),
    Name("gpt-4o-mini-transcribe", 1742068596, speaks=False),
    Name("gpt-transcribe", 1767225600, speaks=False),
    Name("whisper", 1663718400, speaks=False),
)


class Model(TypedDict):
    """OpenAI's `Model`."""

    id: str
    object: str
    created: int
    owned_by: str
    shutdown_date: str | None


class SpeechModel(TypedDict):
    """What Open WebUI reads of a model for its list of choices."""

    id: str
    name: str


def models() -> list[Model]:
    """Every model. None is ever shut down: it runs on the operator's own machine."""
    return [
        {
            "id": name.id,
            "object": "model",
            "created": name.created,
            "owned_by": "audiopod",
            "shutdown_date": None,
        }
        for name in NAMES
    ]


def model(name: str) -> Model | None:
    return next((m for m in models() if m["id"] == name), None)


def speech_models() -> list[SpeechModel]:
    """Those that one can choose to speak with."""
    return [{"id": name.id, "name": name.id} for name in NAMES if name.speaks]
