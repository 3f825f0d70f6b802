"""A form's fields in every spelling that clients send."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict

from audio.codecs.verdict import PCM_RATE, DecodedAudio
from audio.engines.base import SpeechDetection
from audio_api.services.transcription.api import transcription_request
from audio_api.services.transcription.form import form_data
from audio_api.services.transcription.serializer import (
    TranscriptionSerializer,
    TranslationSerializer,
    named,
)
from audio_api.services.transcription.subtitles import Layout

SECOND = DecodedAudio(Path("unused"), PCM_RATE)


def form(*fields: tuple[str, str]) -> dict[str, Any]:
    data = QueryDict(mutable=True)
    for name, value in fields:
        data.appendlist(name, value)
    return form_data(data)


def judged(*fields: tuple[str, str]) -> TranscriptionSerializer:
    given = {"model": "whisper-1", "file": SimpleUploadedFile("a.wav", b"RIFF")} | form(*fields)
    return TranscriptionSerializer(data=given)


def accepted(*fields: tuple[str, str]) -> dict[str, Any]:
    serializer = judged(*fields)
    assert serializer.is_valid(), serializer.errors
    found: dict[str, Any] = serializer.validated_data
    return found


def refused(*fields: tuple[str, str]) -> tuple[str, Any]:
    """The field that is refused first and the code, as `errors.py` tells them."""
    serializer = judged(*fields)
    assert not serializer.is_valid()
    name, inner = next(iter(serializer.errors.items()))
    if isinstance(inner, dict):
        key, inner = next(iter(inner.items()))
        name = f"{name}[{key}]"
    return name, inner[0].code


@pytest.mark.parametrize("name", ["keywords", "languages", "timestamp_granularities", "include"])
@pytest.mark.parametrize(
    "fields",
    [
        [("{}[]", "a"), ("{}[]", "b")],
        [("{}", "a"), ("{}", "b")],
        [("{}[0]", "a"), ("{}[1]", "b")],
        [("{}", '["a", "b"]')],
        [("{}[]", '["a", "b"]')],
        [("{}[]", "a"), ("{}", "b")],
        [("{}[]", ""), ("{}[]", "a"), ("{}[]", "b")],
    ],
    ids=str,
)
def test_a_list_however_it_is_spelled(name: str, fields: list[tuple[str, str]]) -> None:
    assert form(*[(spelling.format(name), value) for spelling, value in fields]) == {
        name: ["a", "b"]
    }


def test_a_keyword_that_only_begins_like_json_is_itself() -> None:
    assert accepted(("keywords[]", "[sic"))["keywords"] == ["[sic"]


@pytest.mark.parametrize(
    "value", ["true", "True", "TRUE", "1", "on", "yes"], ids=lambda value: f"stream={value}"
)
def test_true_in_any_spelling(value: str) -> None:
    assert accepted(("stream", value))["stream"] is True


@pytest.mark.parametrize(
    "value", ["false", "False", "0", "off", "null", ""], ids=lambda value: f"stream={value}"
)
def test_false_in_any_spelling(value: str) -> None:
    assert accepted(("stream", value))["stream"] is False


@pytest.mark.parametrize("value", ["perhaps", "2", "[]", "{}"])
def test_neither_true_nor_false(value: str) -> None:
    assert refused(("stream", value)) == ("stream", "invalid")


@pytest.mark.parametrize("value", ["auto", '"auto"', "null", ""])
def test_a_chunking_strategy_that_changes_nothing(value: str) -> None:
    assert accepted(("chunking_strategy", value))["chunking_strategy"] is None


@pytest.mark.parametrize(
    "fields",
    [
        [
            ("chunking_strategy[type]", "server_vad"),
            ("chunking_strategy[threshold]", "0.25"),
            ("chunking_strategy[prefix_padding_ms]", "100"),
        ],
        [("chunking_strategy", '{"type":"server_vad","threshold":0.25,"prefix_padding_ms":100}')],
    ],
    ids=["brackets", "JSON"],
)
def test_a_voice_detector_in_both_spellings(fields: list[tuple[str, str]]) -> None:
    found = accepted(*fields)["chunking_strategy"]
    assert found == SpeechDetection(threshold=0.25, padding_ms=100, silence_ms=200)


def test_the_voice_detectors_own_figures_are_openais() -> None:
    found = accepted(("chunking_strategy[type]", "server_vad"))["chunking_strategy"]
    assert found == SpeechDetection(threshold=0.5, padding_ms=300, silence_ms=200)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("threshold", "-0.1"),
        ("threshold", "1.1"),
        ("threshold", "nan"),
        ("threshold", "loud"),
        ("prefix_padding_ms", "-1"),
        ("prefix_padding_ms", "10001"),
        ("silence_duration_ms", "1.5"),
        ("silence_duration_ms", "99999999999999999999"),
    ],
)
def test_a_voice_detector_within_its_limits(key: str, value: str) -> None:
    fields = [("chunking_strategy[type]", "server_vad"), (f"chunking_strategy[{key}]", value)]
    assert refused(*fields)[0] == f"chunking_strategy[{key}]"


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ([("chunking_strategy", "clever")], "chunking_strategy"),
        ([("chunking_strategy", "[1]")], "chunking_strategy"),
        ([("chunking_strategy", '{"type": ')], "chunking_strategy"),
        ([("chunking_strategy", '{"a":' * 100_000)], "chunking_strategy"),
        ([("chunking_strategy", "{}")], "chunking_strategy[type]"),
        ([("chunking_strategy[type]", "client_vad")], "chunking_strategy[type]"),
        ([("chunking_strategy", '{"type": ["server_vad"]}')], "chunking_strategy[type]"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_chunking_strategy_that_is_none(fields: list[tuple[str, str]], name: str) -> None:
    assert refused(*fields)[0] == name


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ([("response_format", "diarized_json")], ("response_format", "unsupported_value")),
        ([("response_format", "docx")], ("response_format", "invalid_value")),
        ([("known_speaker_names", '["Ann"]')], ("known_speaker_names", "unsupported_value")),
        (
            [("known_speaker_references[]", "data:")],
            ("known_speaker_references", "unsupported_value"),
        ),
        ([("include", "thoughts")], ("include", "invalid_value")),
        ([("include", '[{"a": 1}]')], ("include[0]", "invalid")),
        (
            [("include", "logprobs"), ("response_format", "vtt")],
            ("include", "unsupported_value"),
        ),
        ([("languages", "en"), ("languages", "zz")], ("languages", "invalid_language_format")),
        ([("languages", "[1]")], ("languages[0]", "invalid")),
        ([("keywords[]", "x" * 257)], ("keywords[0]", "max_length")),
        ([("keywords", "[" + "1," * 2000 + "1]")], ("keywords[0]", "invalid")),
        ([("keywords", '["a"' + ',"a"' * 1000 + "]")], ("keywords", "invalid_value")),
        (
            [("timestamp_granularities", "word")],
            ("timestamp_granularities", "invalid_value"),
        ),
        (
            [("timestamp_granularities", "segment"), ("timestamp_granularities", "word")],
            ("timestamp_granularities", "invalid_value"),
        ),
        (
            [("timestamp_granularities", '["word", "segment"]'), ("response_format", "srt")],
            ("timestamp_granularities", "invalid_value"),
        ),
        ([("max_line_width", "42")], ("max_line_width", "invalid_value")),
        ([("max_line_count", "0"), ("response_format", "srt")], ("max_line_count", "min_value")),
        (
            [
                ("max_words_per_line", "3"),
                ("response_format", "vtt"),
                ("timestamp_granularities", "word"),
            ],
            ("max_words_per_line", "invalid_value"),
        ),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_can_not_be_honoured(fields: list[tuple[str, str]], refusal: tuple[str, str]) -> None:
    assert refused(*fields) == refusal


@pytest.mark.parametrize("form", ["json", "text", "srt", "vtt", "verbose_json"])
def test_segments_may_be_asked_for_in_any_format(form: str) -> None:
    fields = accepted(("timestamp_granularities[]", "segment"), ("response_format", form))
    assert fields["timestamp_granularities"] == ["segment"]


def test_an_empty_field_is_as_good_as_none() -> None:
    names = ["prompt", "response_format", "temperature", "language", "timestamp_granularities[]"]
    fields = accepted(*[(name, "") for name in names])

    assert fields["response_format"] == "json"
    assert (fields["prompt"], fields["temperature"], fields["language"]) == ("", 0.0, None)
    assert fields["timestamp_granularities"] == []


def test_codes_of_languages_are_whispers_and_each_is_there_once() -> None:
    fields = accepted(("languages", '["EN", "jv", "en-US", "English"]'), ("language", "FR"))
    assert (fields["languages"], fields["language"]) == (["en", "jw"], "fr")


def test_who_speaks_is_told_of_channels() -> None:
    fields = accepted(("response_format", "diarized_json"), ("channels", "split"), ("track", "2"))
    assert (fields["channels"], fields["track"]) == ("split", 2)


@pytest.mark.parametrize(
    ("language", "code"),
    [("en-US", "en"), ("zh-CN", "zh"), ("English", "en"), ("auto", None), ("AUTO", None)],
)
def test_a_language_as_other_services_name_it(language: str, code: str | None) -> None:
    assert accepted(("language", language))["language"] == code
    assert accepted(("languages", language))["languages"] == ([code] if code else [])


def test_how_subtitles_are_cut_is_said_by_whispers_own_names() -> None:
    fields = accepted(
        ("response_format", "srt"), ("max_line_width", "30"), ("max_words_per_line", "5")
    )
    asked = transcription_request(fields, SECOND, translate=False)
    assert asked.layout == Layout("lines", 30, None, 5)

    for kind in ("segment", "word"):
        fields = accepted(("response_format", "vtt"), ("timestamp_granularities[]", kind))
        assert transcription_request(fields, SECOND, translate=False).layout == Layout(kind)


@pytest.mark.parametrize(
    ("fields", "needs"),
    [
        ([], False),
        ([("response_format", "text")], False),
        ([("response_format", "verbose_json")], True),
        ([("response_format", "srt")], True),
        ([("response_format", "vtt"), ("timestamp_granularities[]", "segment")], True),
        ([("stream", "true")], True),
        ([("include[]", "logprobs")], True),
        ([("channels", "split")], True),
        ([("channels", "split"), ("response_format", "diarized_json")], True),
    ],
    ids=str,
)
def test_times_that_are_seen_are_those_of_words(fields: list[tuple[str, str]], needs: bool) -> None:
    asked = transcription_request(accepted(*fields), SECOND, translate=False)
    assert asked.needs_words is needs


def test_a_request_that_names_no_later_field_is_known_by_what_it_was() -> None:
    later = {"track", "channels", "max_line_width", "max_line_count", "max_words_per_line"}
    for fields in (accepted(), accepted(("channels", "mix"))):
        assert not later & set(named(fields))
    fields = named(accepted(("track", "2"), ("response_format", "srt"), ("max_line_width", "30")))
    assert {name: fields[name] for name in later & set(fields)} == {
        "track": 2,
        "max_line_width": 30,
    }


@pytest.mark.parametrize("value", ["0", "0.0", "1", "0.2", "1e-1"])
def test_a_temperature_is_a_number_in_text(value: str) -> None:
    assert accepted(("temperature", value))["temperature"] == float(value)


def test_a_translation_ignores_what_it_does_not_know() -> None:
    """The clients have no such fields there; raw requests may bring them."""
    given = form(("stream", "perhaps"), ("language", "auto"), ("include[]", "thoughts"))
    upload = SimpleUploadedFile("a.wav", b"RIFF")
    serializer = TranslationSerializer(data={"model": "whisper-1", "file": upload} | given)
    assert serializer.is_valid(), serializer.errors
