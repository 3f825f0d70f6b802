"""Short clips in windows of their own length: the same words out of fewer frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from audio.engines.base import AudioChunk, SpeechEngine, Transcription
from audio.engines.config import EngineConfig
from audio.engines.transcription.fitted import (
    Fit,
    echoes,
    ends_with_speech,
    fit_of,
    repeats_itself,
)
from audio.engines.transcription.whisper import FasterWhisperEngine
from tests.audio.engines.conftest import Samples, for_whisper, text_of

RATE = 16_000
FULL = 3000
VOICE = "af_heart"
"""Of Kokoro, which says a sentence twice in the same way."""
SHORT = "Please turn on the lights in the kitchen."
LONG = (
    "The garden is full of yellow flowers. A small boat is sailing to the island."
    " The children are waiting at the harbor. Nobody knows when they will come back home."
    " We will have bread and cheese for dinner."
)
Say = Callable[..., list[AudioChunk]]


class Watched:
    """The engine, and of how many frames each window was that it encoded since it was asked."""

    def __init__(self, engine: FasterWhisperEngine) -> None:
        self.engine = engine
        self.frames: list[int] = []

    def hear(self, samples: Samples, **wanted: Any) -> Transcription:
        self.frames.clear()
        options: dict[str, Any] = {
            "task": "transcribe",
            "language": "en",
            "prompt": None,
            "temperature": None,
            "word_timestamps": False,
        }
        found = self.engine.transcribe(samples, **(options | wanted))
        return replace(found, segments=iter(list(found.segments)))

    def text(self, samples: Samples, **wanted: Any) -> str:
        return text_of(list(self.hear(samples, **wanted).segments))


@pytest.fixture
def watched(
    listener: FasterWhisperEngine, monkeypatch: pytest.MonkeyPatch
) -> Callable[[FasterWhisperEngine], Watched]:
    """The same model, in an engine whose encoder is watched."""
    listener.load()
    model = listener._model
    encode = model.encode

    def watch(engine: FasterWhisperEngine) -> Watched:
        engine._model = model
        found = Watched(engine)

        def watching(features: Any) -> Any:
            found.frames.append(features.shape[-1])
            return encode(features)

        monkeypatch.setattr(model, "encode", watching)
        return found

    return watch


@pytest.fixture
def fitted(watched: Callable[..., Watched], config: EngineConfig) -> Watched:
    return watched(FasterWhisperEngine(config))


@pytest.fixture
def full(config: EngineConfig, listener: FasterWhisperEngine) -> Watched:
    listener.load()
    engine = FasterWhisperEngine(replace(config, whisper_fitted=False))
    engine._model = listener._model
    return Watched(engine)


@pytest.fixture(scope="module")
def short(kokoro: SpeechEngine, say: Say) -> Samples:
    samples = for_whisper(say(kokoro, VOICE, SHORT))
    assert 1.5 < len(samples) / RATE < 4
    return samples


@pytest.fixture(scope="module")
def long(kokoro: SpeechEngine, say: Say) -> Samples:
    samples = for_whisper(say(kokoro, VOICE, LONG))
    assert 9 < len(samples) / RATE < 14
    return samples


def doubts(model: Any, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Any], Any]) -> list[int]:
    """Has the first text of the model spoilt; the list says how often it was asked for one."""
    generate = model.generate_with_fallback
    asked: list[int] = []

    def spoilt(*given: Any) -> Any:
        asked.append(len(asked))
        found = generate(*given)
        return spoil(found) if len(asked) == 1 else found

    monkeypatch.setattr(model, "generate_with_fallback", spoilt)
    return asked


@pytest.mark.parametrize("name", ["short", "long"])
@pytest.mark.parametrize("language", ["en", None])
def test_a_short_clip_says_the_same_in_fewer_frames(
    fitted: Watched, full: Watched, request: pytest.FixtureRequest, name: str, language: str | None
) -> None:
    samples: Samples = request.getfixturevalue(name)
    frames = 100 * len(samples) // RATE

    found = fitted.hear(samples, language=language)
    text = text_of(list(found.segments))

    assert len(fitted.frames) == 1
    assert frames < fitted.frames[0] < FULL // 2
    assert found.language == "en"
    assert text == full.text(samples)


@pytest.mark.parametrize(
    ("name", "words"),
    [("one-two-three-24bit.wav", "1, 2, 3"), ("jfk.flac", "what you can do for your country")],
)
def test_so_does_a_human_voice(
    fitted: Watched, shared_audio: Callable[[str], Samples], name: str, words: str
) -> None:
    assert words in fitted.text(shared_audio(name))
    assert len(fitted.frames) == 1
    assert fitted.frames[0] < FULL // 2


def test_words_lie_inside_the_clip_where_they_are_in_a_full_window(
    fitted: Watched, full: Watched, long: Samples
) -> None:
    def words(engine: Watched) -> list[Any]:
        found = engine.hear(long, word_timestamps=True)
        return [word for segment in found.segments for word in segment.words]

    some = words(fitted)
    assert max(fitted.frames) < FULL
    assert [word.text for word in some] == LONG.split()
    times = [time for word in some for time in (word.start, word.end)]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= len(long) / RATE
    for word, same in zip(some, words(full), strict=True):
        assert word.start == pytest.approx(same.start, abs=0.3)


def test_hints_and_translations_take_the_same_way(
    fitted: Watched, kokoro: SpeechEngine, say: Say
) -> None:
    shawn = for_whisper(say(kokoro, VOICE, "My friend Shawn lives in Oslo."))
    assert "Shaun" in fitted.text(shawn, keywords=["Shaun"])
    assert max(fitted.frames) < FULL

    spanish = for_whisper(say(kokoro, "ef_dora", "Mi hermana vive en una casa blanca."))
    assert "white house" in fitted.text(spanish, task="translate", language="es")
    assert max(fitted.frames) < FULL


def unlikely(found: Any) -> Any:
    result, _logprob, *rest = found
    return (result, -1.05, *rest)


def repetitive(found: Any) -> Any:
    result, logprob, temperature, _ratio = found
    return (result, logprob, temperature, 2.5)


class Changed:
    """A result of the model with something else in it."""

    def __init__(self, result: Any, **changes: Any) -> None:
        self._result = result
        self.__dict__.update(changes)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._result, name)


def silent(found: Any) -> Any:
    result, *rest = found
    return (Changed(result, no_speech_prob=0.7), *rest)


def with_tokens(change: Callable[[list[int]], list[int]]) -> Callable[[Any], Any]:
    def changed(found: Any) -> Any:
        result, *rest = found
        return (Changed(result, sequences_ids=[change(result.sequences_ids[0])]), *rest)

    return changed


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(unlikely, id="unlikely"),
        pytest.param(repetitive, id="compresses too well"),
        pytest.param(silent, id="no speech"),
        pytest.param(with_tokens(lambda some: some[:4]), id="ends early"),
        pytest.param(with_tokens(lambda some: [*some[:4], *some[1:4] * 2, *some[4:]]), id="loops"),
        pytest.param(with_tokens(lambda some: [*some, *range(1000, 1300)]), id="never ends"),
        pytest.param(with_tokens(lambda some: [*some[:-1], some[-1] + 200]), id="ends too late"),
    ],
)
def test_what_is_doubtful_is_decoded_again_in_the_full_window(
    fitted: Watched,
    full: Watched,
    short: Samples,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Any], Any],
) -> None:
    expected = full.text(short)
    fitted.frames.clear()
    asked = doubts(fitted.engine._model, monkeypatch, spoil)

    assert fitted.text(short) == expected
    assert len(asked) == 2
    assert len(fitted.frames) == 2
    assert fitted.frames[0] < fitted.frames[1] == FULL


def test_a_language_that_is_not_clear_is_asked_of_the_full_window(
    fitted: Watched, short: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = fitted.engine._model
    real = model.model

    class Unsure:
        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def detect_language(self, encoded: Any) -> Any:
            if encoded.shape[1] < FULL // 2:
                return [[("<|de|>", 0.5), ("<|en|>", 0.4)]]
            return real.detect_language(encoded)

    monkeypatch.setattr(model, "model", Unsure())

    assert fitted.hear(short, language=None).language == "en"
    assert len(fitted.frames) == 2
    assert fitted.frames[-1] == FULL


def test_two_languages_are_told_apart_in_full_windows(
    fitted: Watched, kokoro: SpeechEngine, say: Say
) -> None:
    english = for_whisper(say(kokoro, VOICE, LONG.partition(" The children")[0]))
    text = "Mi hermana vive en una casa blanca cerca de la playa."
    spanish = for_whisper(say(kokoro, "ef_dora", text))
    both = np.concatenate([english, np.zeros(RATE // 2, np.float32), spanish])

    segments = list(fitted.hear(both, language=None).segments)

    assert sorted({segment.language for segment in segments}) == ["en", "es"]
    assert fitted.frames[1:]
    assert set(fitted.frames[1:]) == {FULL}


def test_long_speech_keeps_full_windows(fitted: Watched, long: Samples) -> None:
    fitted.text(np.concatenate([long] * 4))
    assert set(fitted.frames) == {FULL}


def in_a_room(samples: Samples) -> Samples:
    """Its echo is as loud as the speech, and has faded after half a second."""
    times = np.arange(RATE // 2) / RATE
    tail = np.random.default_rng(1).normal(0, 1, len(times)) * 10 ** (-3 * times / 0.5)
    echo = np.convolve(samples, tail / np.sqrt(np.sum(tail**2)))[: len(samples)]
    return (samples + echo).astype(np.float32) / 2


def in_noise(samples: Samples) -> Samples:
    noise = np.random.default_rng(1).normal(0, samples.std() / 3, len(samples))
    return samples + noise.astype(np.float32)


@pytest.mark.parametrize("name", ["short", "long"])
def test_speech_in_a_room_is_heard_in_a_full_window(
    fitted: Watched, request: pytest.FixtureRequest, name: str
) -> None:
    """Of which less is understood in fewer frames; noise does no such harm."""
    samples: Samples = request.getfixturevalue(name)

    fitted.text(in_a_room(samples))
    assert set(fitted.frames) == {FULL}

    fitted.text(in_noise(samples))
    assert fitted.frames[0] < FULL


def test_hardly_any_sound_has_no_echo() -> None:
    for frames in range(5):
        assert not echoes(np.zeros((80, frames), np.float32))


def test_it_can_be_switched_off(
    watched: Callable[..., Watched], config: EngineConfig, short: Samples
) -> None:
    off = watched(FasterWhisperEngine(replace(config, whisper_fitted=False)))
    off.text(short)
    assert off.frames == [FULL]


@pytest.mark.parametrize("name", ["whisper-base", "base", "Systran/faster-whisper-base", "/x/base"])
def test_a_model_that_was_measured_is_known_by_any_name(name: str) -> None:
    assert fit_of(name)


@pytest.mark.parametrize("name", ["whisper-small", "large-v3", "mine/whisper-base-korean", "b"])
def test_one_that_was_not_keeps_the_full_window(name: str) -> None:
    assert fit_of(name) is None


@pytest.mark.parametrize(
    ("frames", "size"), [(1, 500), (300, 500), (301, 502), (1000, 1200), (1500, 1700), (1501, None)]
)
def test_a_window_is_of_an_even_number_of_frames(frames: int, size: int | None) -> None:
    fit = Fit(margin=200, least=500, most=1500, least_sure=0.8)
    assert fit.size(frames) == size


@pytest.mark.parametrize(
    ("tokens", "repeats"),
    [
        ([], False),
        ([1], False),
        ([1, 2, 1, 2], False),
        ([1, 1, 1], True),
        ([9, 1, 2, 1, 2, 1, 2, 8], True),
        ([1, 2, 1, 2, 3, 1, 2], False),
    ],
)
def test_three_times_in_a_row_is_a_loop(tokens: list[int], repeats: bool) -> None:
    assert repeats_itself(tokens) == repeats


@pytest.mark.parametrize(
    ("last", "fits"), [(50, False), (126, True), (200, True), (274, True), (276, False)]
)
def test_a_text_ends_where_the_speech_does(last: int, fits: bool) -> None:
    assert ends_with_speech([1000, 5, 6, 1000 + last], 1000, 400) == fits
