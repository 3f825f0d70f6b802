"""The models that clients may name.

A model's name is accepted whatever it is: the voice chooses the engine of a speech, and
`WHISPER_MODEL` that of a transcript. The names here are those that clients look for.
"""

from __future__ import annotations

from typing import TypedDict

OPENAI_NAMES = {
    "tts-1": 1681940951,
    "tts-1-hd": 1699046015,
    "gpt-4o-mini-tts": 1742403959,
    "whisper-1": 1677532384,
}
"""Name -> when it was created, in Unix seconds, as OpenAI's own list says."""


class Model(TypedDict):
    id: str
    object: str
    created: int
    owned_by: str


def models() -> list[Model]:
    """Every model, in the shape of OpenAI's `Model`."""
    return [
        {"id": name, "object": "model", "created": created, "owned_by": "audiopod"}
        for name, created in OPENAI_NAMES.items()
    ]


def model(name: str) -> Model | None:
    return next((m for m in models() if m["id"] == name), None)
