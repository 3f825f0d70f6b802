"""A worker's first question to its engines, answered by good ones and by broken ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from audio.engines import registry
from audio.engines.base import (
    WHISPER_SAMPLE_RATE,
    AudioChunk,
    EngineVoice,
    Segment,
    SpeechEngine,
    Transcription,
    TranscriptionEngine,
)
from audio.engines.selftest import OPTIONAL, SENTENCE, name_of, self_test

RATE = 24_000
HUM = np.sin(np.arange(3 * RATE) / 20).astype(np.float32) * 0.3


class Speaker:
    """Says the same sound whatever the text."""

    name = "speaker"

    def __init__(self, samples: np.ndarray | Exception, *languages: str) -> None:
        self.samples, self.languages = samples, languages or ("en-US",)

    def load(self) -> None: ...

    def voices(self) -> list[EngineVoice]:
        return [EngineVoice("voice", language) for language in self.languages]

    def speak(self, text: str, **how: object) -> Iterator[AudioChunk]:
        if isinstance(self.samples, Exception):
            raise self.samples
        return iter([AudioChunk(self.samples, RATE)])


class Listener:
    """Hears the same words whatever the sound."""

    name = "listener"

    def __init__(self, words: str, *, installed: bool = True) -> None:
        self.words, self.installed = words, installed

    def available(self) -> bool:
        return self.installed

    def load(self) -> None:
        if self.words == "broken":
            raise OSError("the file ends too early")

    def transcribe(self, samples: object, **how: object) -> Transcription:
        segment = Segment(0, 0, 0.0, 1.0, " " + self.words, (), 0.0, -0.1, 1.0, 0.0)
        return Transcription("en", iter([segment]))


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> object:
    """`engines(speaker, listener)`: a process that has these two."""

    def use(speaker: Speaker, listener: Listener) -> None:
        found = {SpeechEngine: speaker, TranscriptionEngine: listener}
        monkeypatch.setattr(registry, "names", lambda kind: [speaker.name])
        monkeypatch.setattr(registry, "get", lambda kind, name="": found[kind])

    return use


def outcome() -> dict[str, bool]:
    return {result.engine: result.ok for result in self_test()}


def test_engines_that_understand_each_other_pass(engines) -> None:
    engines(Speaker(HUM), Listener(SENTENCE))

    spoken, heard = self_test()

    assert spoken.ok
    assert spoken.understood
    assert SENTENCE in spoken.detail
    assert heard.ok
    assert spoken.seconds >= 0


@pytest.mark.parametrize(
    ("sound", "complaint"),
    [
        (HUM * np.float32("nan"), "NaN"),
        (HUM * 0.001, "silent"),
        (HUM[:RATE], "took 1.0 s"),
        (np.tile(HUM, 5), "took 15.0 s"),
        (RuntimeError("no such operator"), "RuntimeError: no such operator"),
    ],
)
def test_a_voice_that_sounds_wrong_fails(engines, sound, complaint: str) -> None:
    engines(Speaker(sound), Listener(SENTENCE))

    spoken, heard = self_test()

    assert not spoken.ok
    assert complaint in spoken.detail
    assert heard.ok


def test_speech_that_nobody_understands_fails_both(engines) -> None:
    engines(Speaker(HUM), Listener("Thank you for watching."))

    assert outcome() == {"speaker": False, "listener": False}


def test_a_listener_that_does_not_load_fails_alone(engines) -> None:
    engines(Speaker(HUM), Listener("broken"))

    assert outcome() == {"speaker": True, "listener": False}


def test_a_voice_of_another_language_is_only_listened_to_for_its_sound(engines) -> None:
    engines(Speaker(HUM, "es"), Listener("nada"))

    assert outcome() == {"speaker": True, "listener": True}


@pytest.mark.parametrize(
    ("heard", "works"),
    [(OPTIONAL["ja"], True), ("今日は天気がとても良い", True), (SENTENCE, False), ("", False)],
    ids=["all", "most", "english", "nothing"],
)
def test_an_optional_language_is_heard_by_itself(engines, heard: str, works: bool) -> None:
    """Its pronunciation is a library of its own, which may be broken where the engine is not."""
    engines(Speaker(HUM, "ja", "es"), Listener(heard))

    assert outcome() == {"speaker": True, "speaker ja": works, "listener": True}
    assert name_of("speaker", "ja") == name_of("speaker", "ja-JP") == "speaker ja"
    assert name_of("speaker", "es") == "speaker"


class Ear(Listener):
    """Hears the sentence in each sound that is loud, in the place where it is."""

    def __init__(self, *, deaf_to_more: bool = False) -> None:
        super().__init__(SENTENCE)
        self.calls, self.deaf_to_more = 0, deaf_to_more

    def transcribe(self, samples: np.ndarray, **how: object) -> Transcription:
        self.calls += 1
        seconds = range(0, len(samples) // WHISPER_SAMPLE_RATE, 4)  # three of sound, one of pause
        found = [at for at in seconds if samples[at * WHISPER_SAMPLE_RATE + 1000] > 0]
        if self.deaf_to_more:
            found = found[:1]
        return Transcription("en", (_segment(at, at + 3.0) for at in found))


def _segment(start: float, end: float) -> Segment:
    return Segment(0, 0, start, end, f" {SENTENCE}", (), 0.0, -0.1, 1.0, 0.0)


LOUD, NOISE = np.full(3 * RATE, 0.3, np.float32), np.full(3 * RATE, -0.3, np.float32)


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> object:
    """`three(sounds, ear)`: a process with that many speakers."""

    def use(sounds: dict[str, np.ndarray], ear: Ear) -> None:
        speakers = {name: Speaker(samples) for name, samples in sounds.items()}
        for name, speaker in speakers.items():
            speaker.name = name
        monkeypatch.setattr(registry, "names", lambda kind: list(speakers))
        monkeypatch.setattr(
            registry, "get", lambda kind, name="": speakers[name] if kind is SpeechEngine else ear
        )

    return use


def test_all_that_is_english_is_heard_in_one_go(three) -> None:
    ear = Ear()
    three({"a": LOUD, "b": LOUD, "c": LOUD}, ear)

    assert outcome() == {"a": True, "b": True, "c": True, "listener": True}
    assert ear.calls == 1


def test_noise_between_two_voices_is_told_from_them(three) -> None:
    ear = Ear()
    three({"a": LOUD, "b": NOISE, "c": LOUD}, ear)

    assert outcome() == {"a": True, "b": False, "c": True, "listener": True}
    assert ear.calls == 2, "what was not understood is heard by itself"


def test_what_is_lost_among_others_is_heard_by_itself(three) -> None:
    three({"a": LOUD, "b": LOUD}, Ear(deaf_to_more=True))

    assert outcome() == {"a": True, "b": True, "listener": True}


def test_what_is_not_installed_is_not_tried(engines) -> None:
    engines(Speaker(HUM), Listener("", installed=False))

    assert outcome() == {"speaker": True}


def test_without_any_weights_there_is_nothing_to_try(tmp_path: Path, engines) -> None:
    mute = Speaker(HUM)
    mute.voices = list  # type: ignore[method-assign]
    engines(mute, Listener("", installed=False))

    assert self_test() == []
