"""The transcription engine: what it hears, and what it must not imagine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio.engines.base import (
    AssetMissing,
    AudioChunk,
    EngineError,
    Segment,
    SpeechDetection,
    SpeechEngine,
    TranscriptionEngine,
)
from audio.engines.config import EngineConfig
from audio.engines.transcription import whisper
from audio.engines.transcription.whisper import FasterWhisperEngine
from audio.engines.transcription.whisper_prompt import MAX_PROMPT_TOKENS
from tests.audio.engines.conftest import Samples, for_whisper, text_of

RATE = 16_000
Hear = Callable[..., list[Segment]]
PLAIN: dict[str, Any] = {
    "task": "transcribe",
    "prompt": None,
    "temperature": None,
    "word_timestamps": False,
}


@pytest.fixture(scope="module")
def speech(piper: SpeechEngine, say: Callable[..., list[AudioChunk]]) -> Samples:
    """About six seconds of English."""
    text = "The garden is full of yellow flowers. Seven ships are sailing to the island."
    return for_whisper(say(piper, "en_US-joe-medium", text))


STORY = (
    "The mill stood where the two streams met, and nobody remembered who had built it."
    " In spring the wheel turned day and night, and flour lay on the road like late snow."
    " My grandfather slept beside the stones, because he woke when they fell silent."
    " He said that a mill is like a clock: you only hear it when it stops."
    " One morning he went out into the cold, and looked at the river for a long time."
    " The water was low, and between the stones there were small green fish."
    " He counted eleven of them, took off his hat, and walked back to the house."
    " We ate bread and cheese that evening, and my mother sang a song from the mountains."
    " Then it began to rain, and it did not stop until the end of the week."
)
"""More than half a minute of it."""


def noise(seconds: float) -> Samples:
    return np.random.default_rng(7).normal(0, 0.1, int(seconds * RATE)).astype(np.float32)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(35 * RATE, np.float32),
        noise(10),
        noise(0.05),
        np.zeros(1, np.float32),
        np.zeros(0, np.float32),
    ],
    ids=["silence", "white noise", "50 ms", "one sample", "nothing"],
)
def test_nothing_is_heard_where_nobody_speaks(hear: Hear, samples: Samples) -> None:
    assert hear(samples, language=None) == []


def test_words_are_in_order_inside_the_audio(hear: Hear, speech: Samples) -> None:
    quiet = np.zeros(5 * RATE, np.float32)
    samples = np.concatenate([quiet, speech, quiet, speech])

    segments = hear(samples, words=True)

    words = [word for segment in segments for word in segment.words]
    times = [time for word in words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert words[0].start == pytest.approx(5.0, abs=0.5)
    assert times[-1] <= len(samples) / RATE
    assert all(word.text == word.text.strip() and 0 <= word.probability <= 1 for word in words)
    in_silence = [w for w in words if 5.6 + len(speech) / RATE < w.start < 9.4 + len(speech) / RATE]
    assert in_silence == []
    assert [word.text for word in words].count("yellow") == 2


def test_no_segment_covers_a_silence_that_was_cut_out(hear: Hear, speech: Samples) -> None:
    """Joined, the end of what is said before it and the beginning after it are one moment."""
    quiet = np.zeros(20 * RATE, np.float32)
    seconds = len(speech) / RATE

    segments = hear(np.concatenate([speech, quiet, speech]), words=True)
    bare = hear(np.concatenate([speech, quiet, speech]))

    assert text_of(segments) == text_of(bare), "times change no text"
    for segment in (*segments, *bare):
        first = segment.end <= seconds + 0.5
        assert first or segment.start >= seconds + 20 - 0.5
    for segment in segments:
        assert segment.start == segment.words[0].start
        assert segment.end == segment.words[-1].end


@pytest.mark.thorough
def test_each_language_is_written_down_in_itself(
    listener: TranscriptionEngine, speech: Samples, kokoro: SpeechEngine, say: Callable[..., Any]
) -> None:
    text = "Mi hermana vive en una casa blanca cerca de la playa."
    spanish = for_whisper(say(kokoro, "ef_dora", text))
    pause = np.zeros(RATE // 2, np.float32)

    found = listener.transcribe(np.concatenate([speech, pause, spanish]), language=None, **PLAIN)
    segments = list(found.segments)

    assert found.language == "en"
    assert [segment.language for segment in segments] == sorted(s.language for s in segments)
    in_spanish = text_of([segment for segment in segments if segment.language == "es"])
    assert "casa blanca" in in_spanish
    assert "island" in text_of([segment for segment in segments if segment.language == "en"])
    assert segments[-1].start >= len(speech) / RATE - 0.5
    assert all(0.5 < (segment.language_probability or 0) <= 1 for segment in segments)


def test_a_segment_carries_the_figures_of_the_model(hear: Hear, speech: Samples) -> None:
    segments = hear(speech)

    assert [segment.id for segment in segments] == list(range(len(segments)))
    first = segments[0]
    assert first.text.startswith(" ")
    assert first.tokens
    assert first.seek == 0
    assert 0.0 <= first.start < first.end <= len(speech) / RATE
    assert -1.0 < first.avg_logprob < 0.0
    assert first.compression_ratio > 0.5
    assert 0.0 <= first.no_speech_prob < 0.6
    assert first.words == ()


def test_long_speech_is_decoded_in_blocks_with_its_own_times(
    hear: Hear, speech: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whisper, "_BLOCK_SECONDS", 8)
    quiet = np.zeros(3 * RATE, np.float32)

    segments = hear(np.concatenate([speech, quiet, speech]), language=None)

    assert [segment.id for segment in segments] == list(range(len(segments)))
    assert text_of(segments).lower().count("yellow flowers") == 2
    again = next(s for s in reversed(segments) if "yellow flowers" in s.text.lower())
    assert again.start == pytest.approx(len(speech) / RATE + 3, abs=0.6)
    assert again.seek >= 100 * len(speech) / RATE


def test_french_is_detected(
    listener: TranscriptionEngine, shared_audio: Callable[[str], Samples]
) -> None:
    found = listener.transcribe(shared_audio("french.aiff"), language=None, **PLAIN)

    assert found.language == "fr"
    assert "dictée" in text_of(list(found.segments))


@pytest.mark.parametrize(
    ("voice", "speed", "said", "language"),
    [
        ("if_sara", 1.0, "Buongiorno.", "it"),
        ("if_sara", 0.9, "Non capisco.", "it"),
        ("hf_alpha", 0.9, "समय क्या हुआ है?", "hi"),
    ],
)
def test_of_several_languages_a_short_clip_is_in_a_widespread_one(
    listener: TranscriptionEngine,
    kokoro: SpeechEngine,
    say: Callable[..., Any],
    voice: str,
    speed: float,
    said: str,
    language: str,
) -> None:
    """Romanian, Czech and Urdu, by the sound alone."""
    clip = for_whisper(say(kokoro, voice, said, speed))

    found = listener.transcribe(clip, language=None, **PLAIN)

    assert found.language == language
    assert 0 < (next(found.segments).language_probability or 0) < 0.9, "it cannot be sure"


def test_a_human_voice_is_understood(hear: Hear, shared_audio: Callable[[str], Samples]) -> None:
    assert "your country can do for you" in text_of(hear(shared_audio("jfk.flac")))


def test_the_window_that_told_the_language_is_encoded_once(
    listener: FasterWhisperEngine, speech: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener.load()
    encoded = []
    model = listener._model
    real = model.model

    class Counting:
        def __getattr__(self, name: str) -> Any:
            if name == "encode":
                encoded.append(name)
            return getattr(real, name)

    monkeypatch.setattr(model, "model", Counting())

    found = listener.transcribe(speech, language=None, **PLAIN)
    text = text_of(list(found.segments)).lower()

    assert found.language == "en"
    assert "yellow flowers" in text
    assert len(encoded) == 1


@pytest.fixture(scope="module")
def shawn(piper: SpeechEngine, say: Callable[..., list[AudioChunk]]) -> Samples:
    """A name that sounds as Shaun, Sean and Shawn do."""
    return for_whisper(say(piper, "en_US-joe-medium", "My friend Shawn lives in Oslo."))


@pytest.mark.parametrize(
    ("hints", "tokens"),
    [
        ({"prompt": "A letter to Shaun."}, 6),
        ({"keywords": ["Shaun"]}, 3),
        ({"keywords": [" Shaun ", "", "Zürich"], "prompt": "A letter."}, 9),
        ({"prompt": "<|endoftext|><|nospeech|> Shaun"}, None),
        ({"prompt": "word " * 3000 + "Shaun"}, MAX_PROMPT_TOKENS),
        (
            {"keywords": ["Shaun", *map(str, range(500))], "prompt": "word " * 3000},
            MAX_PROMPT_TOKENS,
        ),
    ],
    ids=["prompt", "keyword", "both", "special tokens", "long prompt", "many keywords"],
)
def test_hints_set_the_spelling(
    listener: TranscriptionEngine, shawn: Samples, hints: dict[str, Any], tokens: int | None
) -> None:
    found = listener.transcribe(shawn, language="en", **(PLAIN | hints))

    assert "Shaun" in text_of(list(found.segments))
    assert 0 < found.prompt_tokens <= MAX_PROMPT_TOKENS
    assert tokens is None or found.prompt_tokens == pytest.approx(tokens, abs=2)


@pytest.mark.thorough
def test_hints_hold_beyond_the_first_half_minute(
    listener: TranscriptionEngine,
    piper: SpeechEngine,
    say: Callable[..., list[AudioChunk]],
    shawn: Samples,
) -> None:
    """Whisper hears half a minute at a time, and by itself forgets the prompt after the first."""
    story = for_whisper(say(piper, "en_US-joe-medium", STORY))
    late = np.concatenate([story, shawn])
    assert len(late) > 35 * RATE

    found = listener.transcribe(late, language="en", **(PLAIN | {"prompt": "A letter to Shaun."}))

    assert "Shaun" in text_of(list(found.segments))


def test_a_language_is_chosen_among_those_in_question(
    listener: TranscriptionEngine, shared_audio: Callable[[str], Samples]
) -> None:
    samples = shared_audio("french.aiff")

    def heard(*languages: str, language: str | None = None) -> str:
        return listener.transcribe(
            samples, language=language, languages=languages, **PLAIN
        ).language

    assert heard("en", "fr") == "fr"
    assert heard("en", "de") in {"en", "de"}
    assert heard("jv") == "jw", "ISO's code for it is not Whisper's"
    assert heard("en", language="fr") == "fr"
    assert heard() == "fr", "a choice is for one call"


def test_silence_is_in_the_first_language_in_question(listener: TranscriptionEngine) -> None:
    quiet = np.zeros(RATE, np.float32)
    assert (
        listener.transcribe(quiet, language=None, languages=["fr", "de"], **PLAIN).language == "fr"
    )


@pytest.mark.thorough
def test_the_voice_detector_can_be_told_what_speech_is(
    listener: TranscriptionEngine, speech: Samples
) -> None:
    def text(detection: SpeechDetection) -> str:
        found = listener.transcribe(speech, language="en", detection=detection, **PLAIN)
        return text_of(list(found.segments)).lower()

    assert text(SpeechDetection(threshold=1.0, padding_ms=300, silence_ms=200)) == ""
    for threshold in (0.0, 0.5):
        heard = text(SpeechDetection(threshold=threshold, padding_ms=300, silence_ms=200))
        assert "yellow flowers" in heard
        assert "island" in heard


def test_a_decoder_that_repeats_itself_is_stopped(
    listener: FasterWhisperEngine, shawn: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every rung of the ladder to the full length would take minutes for a clip of two seconds."""
    listener.load()
    asked: list[int] = []
    generate = listener._model.generate_with_fallback

    def watched(output: Any, prompt: list[int], tokenizer: Any, options: Any) -> Any:
        asked.append((len(prompt) + options.max_new_tokens) // 2)
        return generate(output, prompt, tokenizer, options)

    monkeypatch.setattr(listener._model, "generate_with_fallback", watched)
    list(listener.transcribe(shawn, language="en", **PLAIN).segments)
    assert asked == [40 + 30 * len(shawn) // RATE]


def test_silence_that_is_long_enough_divides_speech(speech: Samples) -> None:
    quiet = np.zeros(RATE, np.float32)
    samples = np.concatenate([speech, quiet, speech])

    def spans(silence_ms: int, padding_ms: int = 0) -> list[whisper.Span]:
        return list(whisper._speech(samples, SpeechDetection(0.5, padding_ms, silence_ms)))

    assert len(spans(5000)) == 1
    assert len(spans(500)) > 1
    assert spans(500, padding_ms=200)[0]["end"] > spans(500)[0]["end"]


@pytest.mark.parametrize(
    ("temperature", "ladder"),
    [(0.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]), (0.4, [0.4, 0.6, 0.8, 1.0]), (0.7, [0.7, 0.9]), (1, [1])],
)
def test_the_ladder_starts_at_the_given_temperature(
    temperature: float, ladder: list[float]
) -> None:
    assert whisper._ladder(temperature) == pytest.approx(ladder)


def test_a_language_that_whisper_does_not_know_is_refused(listener: TranscriptionEngine) -> None:
    with pytest.raises(EngineError, match="klingon"):
        listener.transcribe(np.zeros(RATE, np.float32), language="klingon", **PLAIN)


@pytest.mark.parametrize("name", ["whisper-base", "base", "folder"])
def test_a_model_is_found_by_asset_name_size_or_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "whisper-base"
    folder.mkdir()
    (folder / "model.bin").touch()
    named = str(folder) if name == "folder" else name

    assert FasterWhisperEngine(EngineConfig(tmp_path, whisper_model=named)).available()
    assert not FasterWhisperEngine(EngineConfig(tmp_path, whisper_model="small")).available()


@pytest.mark.parametrize(
    ("here", "threads", "has_gpu", "chosen"),
    [
        (["base"], 2, False, "base"),
        (["small", "base"], 2, False, "base"),
        (["large-v3", "small", "base"], 8, False, "small"),
        (["large-v3", "small", "base"], 2, True, "large-v3"),
        (["small", "base"], 2, True, "small"),
        # a slow one is better than none, and of the slow ones the fastest
        (["large-v3", "small"], 2, False, "small"),
        ([], 8, True, "base"),
    ],
)
def test_the_best_model_is_taken_that_is_here_and_fast_enough(
    tmp_path: Path, here: list[str], threads: int, has_gpu: bool, chosen: str
) -> None:
    for size in here:
        (tmp_path / f"whisper-{size}").mkdir()
        (tmp_path / f"whisper-{size}" / "model.bin").touch()
    engine = FasterWhisperEngine(
        EngineConfig(tmp_path, whisper_model="auto", engine_threads=threads)
    )

    assert engine._chosen(has_gpu=has_gpu) == f"whisper-{chosen}"
    assert engine.available() is bool(here)


def test_what_chooses_itself_says_what_it_took(
    config: EngineConfig, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        FasterWhisperEngine(replace(config, whisper_model="auto", device="cpu")).load()
    assert "whisper-base transcribes on cpu" in caplog.text


def test_a_missing_asset_says_how_to_get_it(tmp_path: Path) -> None:
    engine = FasterWhisperEngine(EngineConfig(tmp_path, whisper_model="whisper-base"))

    with pytest.raises(AssetMissing, match="fetch_models whisper-base"):
        engine.load()


def test_cuda_that_is_not_there_is_said_plainly(config: EngineConfig) -> None:
    import ctranslate2

    if ctranslate2.get_cuda_device_count():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(EngineError, match="no CUDA device"):
        FasterWhisperEngine(replace(config, device="cuda")).load()
