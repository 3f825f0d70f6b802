"""`client.audio.translations`: English, whatever is spoken."""

from __future__ import annotations

from typing import Any

import pytest
from openai import OpenAI

from tests.sdk.conftest import Recording


def translate(client: OpenAI, recording: Recording, **request: Any) -> Any:
    # OpenAI closes its own endpoint in 2027.
    with pytest.warns(DeprecationWarning, match="deprecated"):
        return client.audio.translations.create(
            model="whisper-1", file=("habla.wav", recording.wav), **request
        )


def test_spanish_speech_becomes_english_words(sdk: OpenAI, spanish: Recording) -> None:
    answer = translate(sdk, spanish)
    heard = answer.text.lower()
    assert "dog" in heard, heard
    assert any(word in heard for word in ("house", "home")), heard
    assert "sister" in heard, heard
    assert "perro" not in heard


def test_verbose_json_names_the_language_of_the_answer(sdk: OpenAI, spanish: Recording) -> None:
    answer = translate(sdk, spanish, response_format="verbose_json")
    assert answer.language == "english"
    assert answer.model_extra["task"] == "translate"
    assert float(answer.duration) == pytest.approx(spanish.ms / 1000, abs=0.05)
    assert answer.segments


def test_text_format(sdk: OpenAI, spanish: Recording) -> None:
    assert translate(sdk, spanish, response_format="text").endswith("\n")


def test_spanish_speech_transcribes_to_spanish(sdk: OpenAI, spanish: Recording) -> None:
    answer = sdk.audio.transcriptions.create(
        model="whisper-1", file=("habla.wav", spanish.wav), response_format="verbose_json"
    )
    assert answer.language == "spanish"
    assert "perro" in answer.text.lower()
