"""Spans of speech, found stretch by stretch as they would be found at once."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.engines.base import AudioChunk, SpeechDetection, SpeechEngine
from audio.engines.transcription import voice_activity
from audio.engines.transcription.voice_activity import Span, as_floats, spans_of_speech
from tests.audio.engines.conftest import for_whisper

RATE = 16_000
USUAL = SpeechDetection(threshold=0.5, padding_ms=400, silence_ms=2000)

Samples = NDArray[np.float32]

TURNS = [
    (
        "The ferry leaves at seven, and nobody waits for those who are late. Bring a coat,"
        " because the wind on the river is colder than it looks from the shore.",
        1.2,
    ),
    ("I shall be there before you. Keep a seat for me.", 0.7),
]
"""What is said, and how fast."""


@pytest.fixture(scope="module")
def talk(piper: SpeechEngine, say: Callable[..., list[AudioChunk]]) -> NDArray[np.int16]:
    """A quick and a slow speaker in turn, with pauses of all lengths: four minutes."""
    dice = np.random.default_rng(4)
    voice = piper.voices()[0].name
    turns = [for_whisper(say(piper, voice, text, speed)) for text, speed in TURNS]
    parts: list[Samples] = []
    while sum(map(len, parts)) < 240 * RATE:
        for turn in turns:
            pause = np.zeros(int(dice.uniform(0.1, 6.0) * RATE), np.float32)
            parts += [turn, pause]
    return (np.concatenate(parts) * 32_767).astype(np.int16)


@pytest.fixture(scope="module")
def speech(piper: SpeechEngine, say: Callable[..., list[AudioChunk]]) -> Samples:
    """Nine seconds without a pause."""
    return for_whisper(say(piper, piper.voices()[0].name, *TURNS[0]))[: 9 * RATE]


def found(samples: voice_activity.Recording, stretch_seconds: float) -> list[Span]:
    return list(
        spans_of_speech(samples, USUAL, longest_seconds=30, stretch_seconds=stretch_seconds)
    )


def heard(spans: list[Span], length: int) -> NDArray[np.bool_]:
    """Whether each sample lies in a span."""
    covered = np.zeros(length, np.bool_)
    for span in spans:
        covered[span["start"] : span["end"]] = True
    return covered


@pytest.mark.parametrize(
    "stretch_seconds", [40, *(pytest.param(s, marks=pytest.mark.thorough) for s in (47.3, 100))]
)
def test_stretches_find_what_is_found_at_once(talk: NDArray[np.int16], stretch_seconds: float):
    whole = found(talk, 1e6)
    pieces = found(talk, stretch_seconds)

    moments = [moment for span in pieces for moment in (span["start"], span["end"])]
    assert moments == sorted(moments)
    assert moments[-1] <= len(talk)
    assert all(span["end"] - span["start"] <= 31 * RATE for span in pieces)
    differ = np.mean(heard(whole, len(talk)) != heard(pieces, len(talk)))
    assert differ < 0.02  # where a long talk was cut, and the padding there


def test_nobody_is_lost_at_the_edge_of_a_stretch(speech: Samples):
    for second in np.arange(27.0, 31.0, 0.5):  # stretches are of 30 seconds
        samples = np.zeros(60 * RATE, np.float32)
        start = int(second * RATE)
        samples[start : start + len(speech)] = speech

        covered = heard(found(samples, 30), len(samples))

        assert covered[start + RATE // 2 : start + len(speech) - RATE].mean() > 0.97


def test_speech_that_never_pauses_is_cut(speech: Samples):
    samples = np.tile(speech, 12)

    spans = list(spans_of_speech(samples, USUAL, longest_seconds=20, stretch_seconds=25))

    assert heard(spans, len(samples)).mean() > 0.95
    assert max(span["end"] - span["start"] for span in spans) <= 21 * RATE


def test_samples_in_a_file_are_read_as_they_are_needed(tmp_path: Path):
    path = tmp_path / "silence.pcm"
    with path.open("wb") as file:
        file.write((bytes(2 * RATE - 2) + b"\1\0") * 300)
    samples = np.memmap(path, dtype="<i2", mode="r")
    found(samples[: 5 * RATE], 20)  # the model is loaded

    tracemalloc.start()
    assert found(samples, 20) == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 8 * 1024**2  # all of it would be 19 MB as float32, and three times over


def test_digital_silence_is_told_without_the_detector(monkeypatch: pytest.MonkeyPatch):
    """A recording may have pauses of hours, which nobody pays for."""
    monkeypatch.setattr(voice_activity, "_detect", lambda *_: pytest.fail("it was asked"))
    assert found(np.zeros(3600 * RATE, np.int16), 450) == []


def test_an_empty_clip_has_no_spans():
    assert found(np.zeros(0, np.float32), 30) == []


def test_full_scale_is_one():
    assert as_floats(np.array([-32_768, 0, 16_384], np.int16)).tolist() == [-1.0, 0.0, 0.5]
    assert as_floats(np.array([0.25], np.float32)).tolist() == [0.25]
