"""The events of a stream: pieces that join to the text, figures that add up."""

from __future__ import annotations

import math

import pytest

from audio.engines.base import Segment, Word
from audio_api.services.transcription.transcripts import (
    TextSoFar,
    Transcript,
    delta_event,
    done_event,
    logprobs_of,
    to_json,
    transcript_logprobs,
)


def segment(text: str, *words: tuple[str, float], tokens: int = 3) -> Segment:
    spoken = [Word(word, 0.0, 1.0, probability) for word, probability in words]
    return Segment(0, 0, 0.0, 1.0, text, [1] * tokens, 0.0, -0.5, 1.0, 0.0, spoken)


HELLO = segment(" Hello, world.", ("Hello,", 0.9), ("world.", 0.8))
BYE = segment(" Good bye.", ("Good", 1.0), ("bye.", 0.0), tokens=4)


@pytest.mark.parametrize(
    "texts",
    [
        [" Hello,", " world."],
        [" Hello, ", "  ", " world. ", " "],
        ["", " ", "Hello"],
        ["こんにちは", "世界"],
        [" ", ""],
        [],
    ],
)
def test_pieces_joined_are_the_text_of_the_transcript(texts: list[str]) -> None:
    so_far = TextSoFar()
    pieces = [so_far.add(text) for text in texts]

    whole = Transcript([segment(text) for text in texts], "en", 1.0).text
    assert "".join(pieces) == whole
    assert all(piece == "" or piece.strip() for piece in pieces), "none of space alone"


def test_a_delta_carries_logprobs_only_where_they_were_asked_for() -> None:
    assert delta_event("Hi") == {"type": "transcript.text.delta", "delta": "Hi"}
    entries = logprobs_of("Hello, world.", HELLO)
    assert delta_event("Hello, world.", entries)["logprobs"] == entries


def test_the_end_of_a_stream() -> None:
    heard = Transcript([HELLO, BYE], "en", 2.01, prompt_tokens=5)

    assert done_event(heard) == {
        "type": "transcript.text.done",
        "text": "Hello, world. Good bye.",
        "usage": {
            "type": "tokens",
            "input_tokens": 26,
            "input_token_details": {"text_tokens": 5, "audio_tokens": 21},
            "output_tokens": 7,
            "total_tokens": 33,
        },
    }


def test_tenths_of_a_second_that_are_exact_are_not_rounded_up() -> None:
    usage = done_event(Transcript([], "en", 3 * 0.1))["usage"]
    assert usage["input_token_details"]["audio_tokens"] == 3


def test_the_end_of_a_stream_with_everything() -> None:
    event = done_event(Transcript([HELLO], "en", 1.0), logprobs=[], languages=True)
    assert list(event) == ["type", "text", "logprobs", "languages", "usage"]
    assert event["languages"] == [{"code": "en"}]


def test_nobody_speaks_no_language() -> None:
    assert done_event(Transcript([], "en", 1.0), languages=True)["languages"] == []
    assert to_json(Transcript([], "en", 1.0), languages=True)["languages"] == []


def test_tokens_joined_are_the_text() -> None:
    entries = transcript_logprobs([HELLO, BYE])

    assert [entry["token"] for entry in entries] == ["Hello,", " world.", " Good", " bye."]
    assert entries[0]["logprob"] == pytest.approx(math.log(0.9))
    assert entries[2]["logprob"] == 0
    assert math.isfinite(entries[3]["logprob"]), "JSON has no minus infinity"
    assert entries[1]["bytes"] == list(b" world.")
    assert "".join(e["token"] for e in entries) == Transcript([HELLO, BYE], "en", 1.0).text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Without any words", []),
        ("Some is not there", [("Some", 0.5), ("was", 0.5), ("there", 0.5)]),
        ("Rest at the end …", [("Rest", 0.5), ("at", 0.5)]),
        ("これは本です。", [("これは", 0.5), ("本", 0.5), ("です。", 0.5)]),
        ("the the the", [("the", 0.1), ("the", 0.2), ("the", 0.3)]),
        ("Empty word", [("", 0.5), ("Empty", 0.5), ("word", 0.5)]),
    ],
)
def test_whatever_the_words_are_the_tokens_are_the_text(
    text: str, words: list[tuple[str, float]]
) -> None:
    entries = logprobs_of(text, segment(text, *words))
    assert "".join(entry["token"] for entry in entries) == text
    assert all(entry["token"] for entry in entries)


def test_json_with_logprobs() -> None:
    body = to_json(Transcript([HELLO], "en", 1.0), logprobs=True)
    assert list(body) == ["text", "logprobs", "usage"]
    assert len(body["logprobs"]) == 2
    assert "logprobs" not in to_json(Transcript([HELLO], "en", 1.0))
