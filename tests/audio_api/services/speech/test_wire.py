"""What a speech request may say, and the events that it may be answered with."""

from __future__ import annotations

import base64
import json
from dataclasses import fields
from typing import Any

import pytest

from audio_api.channel import Audio, sse
from audio_api.services.speech.events import MAX_DELTA_BYTES, audio_deltas, done, framed
from audio_api.services.speech.params import SpeechRequest
from audio_api.services.speech.serializer import SpeechSerializer
from audiopod.common.problem import Problem

SPEECH = {"model": "tts-1", "voice": "nova", "input": "Hello."}


def judged(**fields: Any) -> dict[str, Any]:
    """What is left of a request with these fields once it was accepted."""
    serializer = SpeechSerializer(data=SPEECH | fields)
    assert serializer.is_valid(), serializer.errors
    accepted: dict[str, Any] = serializer.validated_data
    return accepted


def refused(**fields: Any) -> tuple[str, str, str]:
    """The field that a request with these fields is refused for, the code and the words."""
    serializer = SpeechSerializer(data=SPEECH | fields)
    assert not serializer.is_valid()
    ((field, (error, *_)),) = serializer.errors.items()
    return field, error.code, str(error)


def event_of(line: bytes) -> dict[str, Any]:
    assert line.startswith(b"data: ")
    assert line.endswith(b"\n\n")
    assert line.count(b"\n") == 2
    decoded: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
    return decoded


# --- fields ---------------------------------------------------------------------------------
def test_what_is_not_said_has_openais_defaults() -> None:
    assert judged() == SPEECH | {
        "instructions": "",
        "response_format": "mp3",
        "speed": 1.0,
        "stream_format": "audio",
    }


@pytest.mark.parametrize("field", ["instructions", "response_format", "speed", "stream_format"])
def test_null_is_as_good_as_absent(field: str) -> None:
    assert judged(**{field: None}) == judged()


@pytest.mark.parametrize("field", ["model", "voice", "input"])
def test_null_is_no_value_of_a_required_field(field: str) -> None:
    assert refused(**{field: None})[:2] == (field, "required")


@pytest.mark.parametrize(
    ("said", "kept"),
    [("None", ""), (" None\n", ""), ("", ""), ("Speak slowly.", "Speak slowly."), ("none", "none")],
)
def test_instructions_are_kept_unless_they_are_nothing(said: str, kept: str) -> None:
    assert judged(instructions=said)["instructions"] == kept


def test_instructions_may_be_as_long_as_the_input() -> None:
    assert judged(instructions="é" * 4096)
    assert refused(instructions="é" * 4097)[:2] == ("instructions", "max_length")


@pytest.mark.parametrize("voice", ["nova", 7, {"id": "nova"}, {"id": 7, "name": "ignored"}])
def test_a_voice_is_a_name_a_number_or_an_object(voice: Any) -> None:
    assert judged(voice=voice)["voice"] == voice


@pytest.mark.parametrize("voice", [True, 1.5, [], {}, {"id": None}, {"id": ["nova"]}])
def test_a_voice_is_nothing_else(voice: Any) -> None:
    assert refused(voice=voice)[:2] == ("voice", "invalid")


@pytest.mark.parametrize("speed", [1, 0.25, 4, 4.0, 1.5])
def test_speed_is_an_integer_or_a_fraction(speed: float) -> None:
    assert judged(speed=speed)["speed"] == speed


@pytest.mark.parametrize(
    "speed", ["1.0", True, [], 0.2499, 4.0001, 0, -1, float("inf"), 10**400, -(10**400)]
)
def test_speed_is_nothing_else(speed: Any) -> None:
    assert refused(speed=speed)[0] == "speed"


def test_a_word_that_is_none_of_the_choices_is_told_all_of_them() -> None:
    assert refused(response_format="midi") == (
        "response_format",
        "invalid_value",
        "Input should be 'mp3', 'opus', 'aac', 'flac', 'wav' or 'pcm'.",
    )
    assert refused(stream_format="ws")[2] == "Input should be 'audio' or 'sse'."
    for other in (3, ["mp3"], {}, ""):
        assert refused(response_format=other)[:2] == ("response_format", "invalid_value")


def test_times_are_told_in_events() -> None:
    assert judged(timestamps="word", stream_format="sse")["timestamps"] == "word"
    assert judged(timestamps=None) == judged()
    field, code, message = refused(timestamps="character")
    assert (field, code) == ("timestamps", "invalid_value")
    assert "ask for stream_format 'sse'" in message
    assert refused(timestamps="sentence", stream_format="sse")[2] == (
        "Input should be 'word' or 'character'."
    )


def test_unknown_fields_are_ignored() -> None:
    assert judged(stream=True, user="u", speed_up=[1]) == judged()


@pytest.mark.parametrize("character", ["a", "é", "\N{GRINNING FACE}", "漢"])
def test_the_limit_counts_characters_not_bytes(character: str) -> None:
    longest = "a" + character * 4095
    assert judged(input=longest)["input"] == longest
    assert refused(input=longest + character)[:2] == ("input", "max_length")


def test_a_worker_of_this_version_reads_a_job_of_an_earlier_one() -> None:
    stored: dict[str, Any] = dict.fromkeys((field.name for field in fields(SpeechRequest)), "")
    del stored["stream_format"], stored["timestamps"], stored["pronounced"]
    assert SpeechRequest.of(stored).stream_format == "audio"


# --- events ---------------------------------------------------------------------------------
def test_times_follow_the_audio_that_they_are_of() -> None:
    token = {"text": "Hi", "start": 0.0, "end": 0.25}

    lines = list(framed(Audio(b"abc", 250, [token]), "word"))

    assert [event_of(line)["type"] for line in lines] == [
        "speech.audio.delta",
        "speech.audio.timestamps",
    ]
    assert event_of(lines[1]) == {
        "type": "speech.audio.timestamps", "granularity": "word", "tokens": [token],
    }  # fmt: skip
    assert len(list(framed(Audio(b"", 250, [token]), "word"))) == 1
    assert len(list(framed(Audio(b"abc", 250), ""))) == 1


def test_deltas_are_consecutive_bytes_in_lines_of_bounded_length() -> None:
    data = bytes(range(256)) * 400

    lines = list(audio_deltas(data))

    events = [event_of(line) for line in lines]
    assert {event["type"] for event in events} == {"speech.audio.delta"}
    assert b"".join(base64.b64decode(event["audio"]) for event in events) == data
    assert max(map(len, lines)) < 64 * 1024
    # A client that joins the text before it decodes it is served as well.
    assert base64.b64decode("".join(event["audio"] for event in events)) == data
    assert MAX_DELTA_BYTES % 6 == 0
    assert list(audio_deltas(b"")) == []


@pytest.mark.parametrize(
    ("text", "audio_ms", "tokens"),
    [("Hello.", 1000, (2, 20)), ("abcd", 1001, (1, 21)), ("你好", 50, (2, 1)), ("a", 1, (1, 1))],
)
def test_done_counts_tokens(text: str, audio_ms: int, tokens: tuple[int, int]) -> None:
    assert event_of(done(text, audio_ms)) == {
        "type": "speech.audio.done",
        "usage": {
            "input_tokens": tokens[0],
            "output_tokens": tokens[1],
            "total_tokens": sum(tokens),
        },
    }


def test_an_event_is_one_line_of_compact_json() -> None:
    data = {"type": "x", "text": "née\nline two\u2028three\x85four"}

    line = sse.event(data)

    assert line == 'data: {"type":"x","text":"née\\nline two\\u2028three\\u0085four"}\n\n'.encode()
    assert event_of(line) == data
    assert len(line.decode().splitlines()) == 2


def test_an_error_has_openais_four_members() -> None:
    problem = Problem("Out of order.", status=500, type="server_error", extra={"message": "no"})
    assert event_of(sse.error(problem)) == {
        "error": {"message": "Out of order.", "type": "server_error", "param": None, "code": None}
    }
