"""A boolean, a list and an object, in every dialect that a client has been seen to write."""

from __future__ import annotations

import time
from typing import Any

import pytest
from rest_framework import serializers

from audio_api.native.fields import (
    MAX_ITEMS,
    MAX_TEXT_CHARACTERS,
    FlexibleBooleanField,
    FlexibleDictField,
    FlexibleListField,
    read_literal,
)


class Body(serializers.Serializer[dict[str, Any]]):
    flag = FlexibleBooleanField(default=False)
    stems = FlexibleListField(child=serializers.CharField(max_length=20), required=False)
    urls = FlexibleListField(child=serializers.URLField(), has_commas=False, required=False)
    params = FlexibleDictField(required=False)


def read(**data: Any) -> dict[str, Any]:
    body = Body(data=data)
    body.is_valid(raise_exception=True)
    return body.validated_data


def refused(**data: Any) -> str:
    """The code of the first error of a body that is not taken, and not slowly."""
    began = time.thread_time()
    body = Body(data=data)
    assert not body.is_valid(), body.validated_data
    assert time.thread_time() - began < 1
    (errors,) = body.errors.values()
    while not isinstance(errors, str):
        errors = next(iter(errors.values())) if isinstance(errors, dict) else errors[0]
    return str(errors.code)


@pytest.mark.parametrize("said", [True, "true", "True", "TRUE", " true ", 1, "1", "yes", "on"])
def test_every_spelling_of_true(said: Any) -> None:
    assert read(flag=said)["flag"] is True


@pytest.mark.parametrize("said", [False, "false", "False", 0, "0", "no", "off", "Off"])
def test_every_spelling_of_false(said: Any) -> None:
    assert read(flag=said)["flag"] is False


@pytest.mark.parametrize("said", ["maybe", 2, "2", 1.0, [], {}, ["true"], "t" * 1_000_000])
def test_what_is_no_boolean(said: Any) -> None:
    assert refused(flag=said) == "invalid"


@pytest.mark.parametrize("said", [None, "", "None", "null", " "])
def test_null_and_its_spellings_are_as_good_as_absent(said: Any) -> None:
    assert read(flag=said, stems=said, urls=said, params=said) == {"flag": False}


@pytest.mark.parametrize(
    "said",
    [
        ["vocals", "bass"],
        '["vocals", "bass"]',
        '["vocals","bass"]',
        "['vocals', 'bass']",
        "('vocals', 'bass')",
        "vocals,bass",
        " vocals, bass, ",
    ],
)
def test_every_spelling_of_a_list(said: Any) -> None:
    assert read(stems=said)["stems"] == ["vocals", "bass"]


def test_a_list_of_one_and_of_none() -> None:
    assert read(stems="vocals")["stems"] == ["vocals"]
    assert read(stems="[]")["stems"] == []


def test_an_address_may_have_commas() -> None:
    url = "https://media.example/a,b.mp3"
    assert read(urls=url)["urls"] == [url]
    assert read(urls=[url, url])["urls"] == [url, url]


@pytest.mark.parametrize("said", [{"a": 1}, 7, True, "[", "[vocals", "['a'", '[{"a": 1}, ', "(1)"])
def test_what_is_no_list(said: Any) -> None:
    assert refused(stems=said) == "not_a_list"


def test_each_item_is_judged() -> None:
    assert refused(stems=["x" * 21]) == "max_length"
    assert refused(stems="['a\\x00b']") == "null_characters_not_allowed"
    assert refused(stems=[["a"]]) == "invalid"


@pytest.mark.parametrize(
    "said", [{"timestamp_type": "word"}, '{"timestamp_type": "word"}', "{'timestamp_type': 'word'}"]
)
def test_every_spelling_of_an_object(said: Any) -> None:
    assert read(params=said)["params"] == {"timestamp_type": "word"}


@pytest.mark.parametrize(
    "said",
    [
        *("{", "[]", '"a"', "7", 7, [], "{'a'", "{1: 2}", "{'a': {1, 2}}", "{'a': b'x'}"),
        *('{"a": NaN}', '{"a": 1e999}', '{"a": "\\u0000"}', '{"a": "\\ud800"}', "{'a': 1j}"),
    ],
)
def test_what_is_no_object_that_can_be_stored(said: Any) -> None:
    assert refused(params=said) == "invalid"


NESTED: dict[str, Any] = {}
for _ in range(5000):
    NESTED = {"a": NESTED}

HOSTILE = [
    *("[" * 10_000, "[" * 50 + "]" * 50, "[" + "-" * 16_000 + "1]", "[9**9**9**9]"),
    *("[" + "1+" * 2000 + "1]", "[__import__('os').getcwd()]", "[f'{1}']", "[open('/etc/passwd')]"),
    *("[" + "9" * 4090 + "]" * 2, "[" + "not " * 1000 + "1]", "[\x00]", "['\\N{" + "x" * 999),
]


@pytest.mark.parametrize("said", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_is_not_evaluated_and_crashes_nothing(said: str) -> None:
    assert refused(stems=said) == "not_a_list"
    assert refused(params=said.replace("[", "{").replace("]", "}")) == "invalid"


@pytest.mark.parametrize("said", [NESTED, {"a": "x" * MAX_TEXT_CHARACTERS}])
def test_an_object_may_be_neither_deep_nor_large(said: Any) -> None:
    assert refused(params=said) == "invalid"


def test_what_is_too_long_is_refused_before_it_is_read() -> None:
    long = "[" + "'a'," * MAX_TEXT_CHARACTERS + "]"
    assert refused(stems=long) == "max_length"
    assert refused(params=long) == "max_length"
    assert refused(stems="a," * MAX_TEXT_CHARACTERS) == "max_length"


def test_a_list_has_no_more_items_than_it_may() -> None:
    assert len(read(stems=["a"] * MAX_ITEMS)["stems"]) == MAX_ITEMS
    assert refused(stems=["a"] * (MAX_ITEMS + 1)) == "max_length"
    assert refused(stems=["a"] * 1_000_000) == "max_length"


def test_json_is_read_before_python_is() -> None:
    assert read_literal("[true, null]") == [True, None]
    assert read_literal("[True, None]") == [True, None]
    assert read_literal("[true, None]") is None
