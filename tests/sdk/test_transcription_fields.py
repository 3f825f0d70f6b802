"""What the fields of a transcription do, on real speech: none is taken and then forgotten."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from openai import OpenAI

from tests.harness.account import Account
from tests.sdk.conftest import Recording, error_of, record
from tests.sdk.test_transcription import MAX_WORD_ERROR_RATE, transcribe, word_error_rate

pytestmark = pytest.mark.thorough

TRANSCRIPTIONS = "/audio/transcriptions"
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def shawn(account: Account) -> Recording:
    """A name that is heard in several ways, of which Whisper by itself takes another one."""
    return record(account, voice="joe", words="My friend Shawn lives in Oslo.")


def post(client: httpx.Client, recording: Recording, **fields: Any) -> httpx.Response:
    data = {"model": "whisper-1", **fields}
    return client.post(TRANSCRIPTIONS, data=data, files={"file": ("a.wav", recording.wav)})


def test_without_help_the_name_is_spelled_otherwise(sdk: OpenAI, shawn: Recording) -> None:
    assert "Shaun" not in transcribe(sdk, shawn, language="en").text


def test_a_prompt_sets_the_spelling(sdk: OpenAI, shawn: Recording) -> None:
    assert "Shaun" in transcribe(sdk, shawn, language="en", prompt="A letter to Shaun.").text


def test_keywords_set_the_spelling(sdk: OpenAI, shawn: Recording) -> None:
    answer = transcribe(sdk, shawn, language="en", keywords=["Shaun", "Zürich"])
    assert "Shaun" in answer.text


def test_languages_leave_a_choice_to_the_server(sdk: OpenAI, spanish: Recording) -> None:
    def language(**fields: Any) -> str:
        answer = transcribe(sdk, spanish, response_format="verbose_json", **fields)
        assert isinstance(answer.language, str)
        return answer.language

    assert language(languages=["en", "es"]) == "spanish"
    assert language(languages=["en", "fr"]) in {"english", "french"}
    assert language(languages=["en", "fr"], language="es") == "spanish", "`language` wins"


def test_the_languages_heard_are_told(sdk: OpenAI, spanish: Recording) -> None:
    answer = transcribe(sdk, spanish, languages=["de", "es"])
    assert [each.code for each in answer.languages] == ["es"]
    assert transcribe(sdk, spanish).languages is None


def test_logprobs(sdk: OpenAI, english: Recording) -> None:
    answer = transcribe(sdk, english, include=["logprobs"])

    assert "".join(entry.token for entry in answer.logprobs) == answer.text
    assert all(-20 < entry.logprob <= 0 for entry in answer.logprobs)
    assert sum(entry.logprob for entry in answer.logprobs) / len(answer.logprobs) > -1
    assert word_error_rate(english.words, answer.text) <= MAX_WORD_ERROR_RATE


def test_the_voice_detector_is_the_clients(sdk: OpenAI, english: Recording) -> None:
    plain = {"type": "server_vad"}
    deaf = plain | {"threshold": 1.0}

    assert transcribe(sdk, english, chunking_strategy=deaf).text == ""
    for strategy in (plain, plain | {"threshold": 0.3, "prefix_padding_ms": 500}, "auto"):
        heard = transcribe(sdk, english, chunking_strategy=strategy).text
        assert word_error_rate(english.words, heard) <= MAX_WORD_ERROR_RATE


@pytest.mark.usefixtures("nothing_is_charged")
@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"response_format": "diarized_json"}, "response_format", "unsupported_value"),
        ({"known_speaker_names[]": "Ann"}, "known_speaker_names", "unsupported_value"),
        (
            {"known_speaker_references[]": "data:audio/wav;base64,AAAA"},
            "known_speaker_references",
            "unsupported_value",
        ),
        ({"include[]": "thoughts"}, "include", "invalid_value"),
        ({"include[]": "logprobs", "response_format": "srt"}, "include", "unsupported_value"),
        ({"languages[]": ["en", "klingon"]}, "languages", "invalid_language_format"),
        ({"language": "klingon"}, "language", "invalid_language_format"),
        ({"stream": "perhaps"}, "stream", "invalid_type"),
        ({"chunking_strategy": "clever"}, "chunking_strategy", "invalid_value"),
        ({"chunking_strategy[threshold]": "1"}, "chunking_strategy[type]", None),
        (
            {"chunking_strategy": '{"type": "server_vad", "threshold": 1.5}'},
            "chunking_strategy[threshold]",
            None,
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_can_not_be_honoured_is_refused(
    client: httpx.Client,
    english: Recording,
    fields: dict[str, Any],
    param: str,
    code: str | None,
) -> None:
    error = error_of(post(client, english, **fields), 400)
    assert error["param"] == param
    assert code is None or error["code"] == code


@pytest.mark.usefixtures("nothing_is_charged")
def test_recordings_of_speakers_are_refused_in_words_however_large(
    client: httpx.Client, english: Recording
) -> None:
    """OpenAI takes them as text fields, and Django has a limit for those."""
    reference = "data:audio/wav;base64," + "A" * (4 * MIB)
    error = error_of(post(client, english, **{"known_speaker_references[]": [reference] * 3}), 400)
    assert (error["param"], error["code"]) == ("known_speaker_references", "unsupported_value")
    assert "Leave it out" in error["message"]
