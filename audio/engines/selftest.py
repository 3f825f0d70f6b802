"""Does each engine really work here? Asked when a worker starts, before it takes a job.

A broken library build can make noise, silence or NaN without raising anything, so every engine
says a sentence, and what it said has to be understood again. All are loaded and speak at once, and
what they said is heard in one go: a listener takes as long for ten seconds as for three.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from audio.engines import registry
from audio.engines.base import WHISPER_SAMPLE_RATE, EngineVoice, SpeechEngine, TranscriptionEngine
from audio.engines.transcription.plain import transcript

SENTENCE = "The quick brown fox jumps over the lazy dog."
OPTIONAL = {
    "ja": "今日はとても良い天気ですね。",
    "zh": "今天天气很好我们去公园吧。",
}
"""Languages whose pronunciation is a library of its own, which may be broken by itself."""
_SHORTEST, _LONGEST = 1.2, 8.0
"""Seconds that any voice may take for the sentence."""
_QUIETEST = 0.01
"""Root mean square of full scale; speech has about 0.1."""
_PAUSE = 1.0
"""Seconds between two that are heard in one go."""
_WORDS_NEEDED = 5
"""Of the eight different ones: a small model mishears some, noise has none."""
_CHARACTERS_NEEDED = 0.4
"""Of those of an optional language's sentence, which may be heard in another spelling."""


@dataclass(frozen=True)
class SelfTest:
    """What came of the test of one engine, or of one of its optional languages (`kokoro ja`).

    detail: what was heard, or what is wrong. understood: whether the sentence came back from the
    transcription engine; None where that was not tried (no such engine, no English voice).
    """

    engine: str
    ok: bool
    detail: str
    seconds: float
    understood: bool | None = None


@dataclass(frozen=True)
class _Spoken:
    """What a voice said in a language, at the rate of the listener; nothing where it was wrong
    already."""

    test: SelfTest
    language: str
    samples: NDArray[np.float32]

    @property
    def can_be_heard(self) -> bool:
        return self.samples.size > 0 and self.language in ("en", *OPTIONAL)


def self_test() -> list[SelfTest]:
    """Try every engine whose weights are installed, loading them all. Raises nothing."""
    engine = registry.get(TranscriptionEngine)
    listener = engine if engine.available() else None
    voices = list(_one_voice_each())
    optional = list(_optional_voices())
    with ThreadPoolExecutor(1 + len(voices) + len(optional)) as pool:
        loads = pool.submit(_try_loading, listener) if listener else None
        said = list(pool.map(_try_speaking, [*voices, *optional]))
    if listener is None or loads is None:
        return [spoken.test for spoken in said]
    loading = loads.result()
    results = _listened(listener, said) if loading.ok else [spoken.test for spoken in said]
    return [*results, _judged(loading, results[: len(voices)])]


def name_of(engine: str, language: str) -> str:
    """What the test of an engine in a language (BCP 47) is called: the engine, or more where the
    language is optional."""
    code = _code(language)
    return f"{engine} {code}" if code in OPTIONAL else engine


def _one_voice_each() -> Iterator[tuple[SpeechEngine, EngineVoice]]:
    """Each installed speech engine with a voice of it, an English one if there is one."""
    for name in registry.names(SpeechEngine):
        engine = registry.get(SpeechEngine, name)
        voices = [voice for voice in engine.voices() if _code(voice.language) not in OPTIONAL]
        english = (voice for voice in voices if _is_english(voice))
        if voices:
            yield engine, next(english, voices[0])


def _optional_voices() -> Iterator[tuple[SpeechEngine, EngineVoice]]:
    """A voice of each optional language that an engine speaks."""
    for name in registry.names(SpeechEngine):
        engine = registry.get(SpeechEngine, name)
        by_code = {_code(voice.language): voice for voice in reversed(engine.voices())}
        yield from ((engine, by_code[code]) for code in OPTIONAL if code in by_code)


def _try_loading(listener: TranscriptionEngine) -> SelfTest:
    started = time.perf_counter()
    try:
        listener.load()
    except Exception as error:  # noqa: BLE001 - a test reports whatever a library throws
        return SelfTest(listener.name, False, _described(error), time.perf_counter() - started)
    return SelfTest(listener.name, True, "loaded", time.perf_counter() - started)


def _try_speaking(tried: tuple[SpeechEngine, EngineVoice]) -> _Spoken:
    engine, voice = tried
    started, samples = time.perf_counter(), np.zeros(0, np.float32)
    try:
        said, rate = _said(engine, voice)
        problem = _problem(said, rate)
        detail = problem or f"{voice.name} spoke {len(said) / rate:.1f} s"
        samples = samples if problem else _resampled(said, rate)
    except Exception as error:  # noqa: BLE001 - a test reports whatever a library throws
        problem = detail = _described(error)
    name = name_of(engine.name, voice.language)
    test = SelfTest(name, not problem, detail, time.perf_counter() - started)
    return _Spoken(test, _code(voice.language), samples)


def _listened(listener: TranscriptionEngine, said: Sequence[_Spoken]) -> list[SelfTest]:
    """The tests with what was heard of them: all that is English at once, and by itself what was
    not understood so."""
    english = [spoken for spoken in said if spoken.can_be_heard and spoken.language == "en"]
    heard = dict(zip(map(id, english), _heard_together(listener, english), strict=True))
    return [
        _judged_by_ear(listener, spoken, heard.get(id(spoken), ""))
        if spoken.can_be_heard
        else spoken.test
        for spoken in said
    ]


def _judged_by_ear(listener: TranscriptionEngine, spoken: _Spoken, heard: str) -> SelfTest:
    understood = _is_sentence(heard, spoken.language)
    try:
        if not understood:
            heard = "".join(words for _, words in _heard(listener, spoken.samples, spoken.language))
            understood = _is_sentence(heard, spoken.language)
    except Exception as error:  # noqa: BLE001 - a test reports whatever a library throws
        return replace(spoken.test, ok=False, detail=_described(error))
    detail = f"{spoken.test.detail}, heard as {heard.strip()!r}"
    return replace(spoken.test, ok=understood, detail=detail, understood=understood)


def _judged(loading: SelfTest, results: list[SelfTest]) -> SelfTest:
    """The listener works if it understood one voice; where it heard none, that it loads is all."""
    tried = [result.understood for result in results if result.understood is not None]
    if not loading.ok or not tried or any(tried):
        return loading
    return SelfTest(loading.engine, False, "understood no voice of this machine", loading.seconds)


def _said(engine: SpeechEngine, voice: EngineVoice) -> tuple[NDArray[np.float32], int]:
    sentence = OPTIONAL.get(_code(voice.language), SENTENCE)
    spoken = engine.speak(sentence, voice=voice.name, language=voice.language, speed=1.0)
    chunks = list(spoken)
    return np.concatenate([chunk.samples for chunk in chunks]), chunks[0].sample_rate


def _problem(samples: NDArray[np.float32], rate: int) -> str:
    """What is wrong with the sound of the sentence, or an empty text."""
    seconds = len(samples) / rate
    if not np.isfinite(samples).all():
        return "the audio holds NaN or infinity"
    if not _SHORTEST <= seconds <= _LONGEST:
        return f"the sentence took {seconds:.1f} s, not {_SHORTEST} to {_LONGEST} s"
    loudness = float(np.sqrt(np.mean(np.square(samples))))
    if loudness < _QUIETEST:
        return f"the audio is almost silent (RMS {loudness:.4f})"
    return ""


def _resampled(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """For the listener: a straight line between samples is enough to be understood."""
    times = np.arange(0, len(samples) / rate, 1 / WHISPER_SAMPLE_RATE)
    straight: NDArray[np.float64] = np.interp(times, np.arange(len(samples)) / rate, samples)
    return straight.astype(np.float32)


def _heard_together(listener: TranscriptionEngine, english: Sequence[_Spoken]) -> list[str]:
    """What was heard of each when all were played one after another. It may be nothing."""
    if len(english) < 2:
        return [""] * len(english)
    pause = np.zeros(int(_PAUSE * WHISPER_SAMPLE_RATE), np.float32)
    played = [np.concatenate([spoken.samples, pause]) for spoken in english]
    ends = np.cumsum([len(samples) for samples in played]) / WHISPER_SAMPLE_RATE
    heard = [""] * len(english)
    try:
        for middle, words in _heard(listener, np.concatenate(played), "en"):
            heard[min(int(np.searchsorted(ends, middle)), len(heard) - 1)] += words
    except Exception:  # noqa: BLE001 - each is heard by itself then, and that is reported
        return [""] * len(english)
    return heard


def _heard(
    listener: TranscriptionEngine, samples: NDArray[np.float32], language: str
) -> Iterator[tuple[float, str]]:
    """The words of each segment, with the second in the middle of it."""
    transcription = transcript(listener, samples, language)
    for segment in transcription.segments:
        yield (segment.start + segment.end) / 2, segment.text


def _is_sentence(heard: str, language: str) -> bool:
    if language in OPTIONAL:
        said = {c for c in OPTIONAL[language] if c.isalpha()}
        return len(said & set(heard)) >= _CHARACTERS_NEEDED * len(said)
    return len(_words(heard) & _words(SENTENCE)) >= _WORDS_NEEDED


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


def _is_english(voice: EngineVoice) -> bool:
    return _code(voice.language) == "en"


def _code(language: str) -> str:
    return language.partition("-")[0].lower()


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
