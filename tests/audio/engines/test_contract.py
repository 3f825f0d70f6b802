"""What a caller may expect of any speech engine; every installed one has to pass."""

from __future__ import annotations

# ruff: noqa: RUF001 - marks of many scripts, meant as they are
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import jiwer
import numpy as np
import pytest

from audio.engines.base import AudioChunk, EngineError, Segment, SpeechEngine, UnspeakableText
from tests.audio.engines.conftest import for_whisper, joined, seconds, text_of

Say = Callable[..., list[AudioChunk]]
Hear = Callable[..., list[Segment]]

SENTENCE = "The garden is full of yellow flowers."
KEY_WORDS = ("garden", "full", "yellow", "flowers")
OTHER = "Seven ships are sailing to the island."
ODD = (
    "Wow 🎉👩‍👩‍👧 **this** `code` and [a link](https://example.com/docs?q=1) שלום سلام "
    "\x07 <b>done</b> @#$%^&~ [[oops]].\n\n# Now\n\n" + SENTENCE
)
AWKWARD = {
    "numbers": "It was -5°C on 2024-03-15: $1.5M, €7,20, 50% of 1,234,567. Call +1 (555) 010-99. ",
    "markup": "# Title\n\n| a | b |\n|---|---|\n```py\nx[1] = {'a': 2}\n```\n<script>x</script>\n",
    "scripts": "Привет мир, 你好世界, こんにちは, שלום, مرحبا, 안녕, สวัสดี, नमस्ते, ქართული, 𝐁𝐨𝐥𝐝.\n",
    "marks": "\u202eabc\u202c Z̷̢̛̪̤͔a̸̧̛l̶̛͖g̵̡o e" + "\u0301" * 60 + " \x1b[31mr\x07 ﷽ \U0010fffe ꙮ ʰˈː.\r\n",
    "silent": "ー・॥ … ‽ 〽 ㊗ ||| ^^^ ~~~ ((( ))) \u200b\u2060.\n\n\n",
    "no spaces": "x" * 90 + "漢" * 20 + ".\n",
}
LONG = (
    "When the sun came up, the harbour was already awake. Boats moved out between the stones, "
    "their lamps still burning, and the gulls followed them in a white cloud. "
) * 8
SPOKEN = [
    ("kokoro", "af_nova", "en", "Please send the blue box to my office before Friday morning."),
    pytest.param(
        *("kokoro", "bm_fable", "en", "The train to London leaves from platform seven at noon."),
        marks=pytest.mark.thorough,
    ),
    ("kokoro", "ef_dora", "es", "Mañana por la mañana vamos a la playa con nuestros amigos."),
    ("piper", "en_US-joe-medium", "en", "Please send the blue box to my office before noon."),
]
quick_one_first = pytest.mark.parametrize(
    "engine", ["piper", pytest.param("kokoro", marks=pytest.mark.thorough)], indirect=True
)
"""Of what Kokoro takes ten seconds for, `make test` asks the other engine alone."""
normalised = jiwer.Compose(
    [jiwer.ToLowerCase(), jiwer.RemovePunctuation(), jiwer.RemoveMultipleSpaces(), jiwer.Strip()]
)


def ends_with_the_sentence(segments: list[Segment]) -> bool:
    """Whether SENTENCE was heard; a word of it may be misheard beside all the nonsense."""
    return len(set(text_of(segments).lower().strip(".").split()) & set(KEY_WORDS)) >= 2


def test_voices_have_names_and_languages(engine: SpeechEngine) -> None:
    voices = engine.voices()

    assert voices
    assert len({voice.name for voice in voices}) == len(voices)
    assert all(voice.language for voice in voices)


def test_chunks_are_loud_finite_mono_float32(engine: SpeechEngine, english: str, say: Say) -> None:
    chunks = say(engine, english, SENTENCE)

    assert {chunk.samples.dtype for chunk in chunks} == {np.dtype(np.float32)}
    assert {chunk.samples.ndim for chunk in chunks} == {1}
    assert len({chunk.sample_rate for chunk in chunks}) == 1
    samples = joined(chunks)
    assert np.isfinite(samples).all()
    assert 0.02 < np.sqrt(np.mean(samples**2)) < 0.5
    assert 1.5 < seconds(chunks) < 6


@pytest.mark.parametrize("text", ["", " \n\x00", "…?!", "🎉🎉", "***", "`[]`"])
def test_text_without_a_letter_is_refused(engine: SpeechEngine, english: str, text: str) -> None:
    with pytest.raises(UnspeakableText):
        engine.speak(text, voice=english, language="en", speed=1.0)


def test_an_unknown_voice_is_refused_before_anything_is_spoken(engine: SpeechEngine) -> None:
    with pytest.raises(EngineError, match="nobody"):
        engine.speak(SENTENCE, voice="nobody", language="en", speed=1.0)


@quick_one_first
def test_speed_divides_the_duration(engine: SpeechEngine, english: str, say: Say) -> None:
    usual = seconds(say(engine, english, SENTENCE))
    slow = seconds(say(engine, english, SENTENCE, 0.25))
    fast = seconds(say(engine, english, SENTENCE, 4.0))

    assert slow == pytest.approx(4 * usual, rel=0.15)
    assert fast == pytest.approx(usual / 4, rel=0.15)


def test_the_first_chunk_of_a_long_text_is_short(engine: SpeechEngine, english: str) -> None:
    chunks = engine.speak(LONG, voice=english, language="en", speed=1.0)

    assert 0.2 < next(chunks).seconds < 6


@quick_one_first
def test_two_threads_are_not_mixed_up(engine: SpeechEngine, english: str, hear: Hear) -> None:
    def speak(text: str) -> list[AudioChunk]:
        return list(engine.speak(text, voice=english, language="en", speed=1.0))

    with ThreadPoolExecutor(2) as threads:
        flowers, ships = threads.map(speak, [SENTENCE, OTHER])

    assert "flowers" in text_of(hear(for_whisper(flowers))).lower()
    assert "island" in text_of(hear(for_whisper(ships))).lower()


@pytest.mark.thorough
def test_odd_text_is_spoken_to_its_end(
    engine: SpeechEngine, english: str, say: Say, hear: Hear
) -> None:
    samples = for_whisper(say(engine, english, ODD))

    assert ends_with_the_sentence(hear(samples[-4 * 16_000 :]))


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.parametrize("kind", AWKWARD)
def test_the_sentence_after_awkward_text_is_heard(
    engine: SpeechEngine, english: str, say: Say, hear: Hear, kind: str
) -> None:
    samples = for_whisper(say(engine, english, AWKWARD[kind] + SENTENCE))

    assert ends_with_the_sentence(hear(samples[-4 * 16_000 :]))


def longest_silence(chunks: list[AudioChunk]) -> float:
    """Seconds of the longest run of samples that are exactly zero."""
    sounds = np.flatnonzero(np.concatenate([[1.0], joined(chunks), [1.0]]))
    return float(np.diff(sounds).max() - 1) / chunks[0].sample_rate


@quick_one_first
@pytest.mark.parametrize("speed", [1.0, pytest.param(4.0, marks=pytest.mark.thorough)])
def test_a_break_is_as_long_as_it_says_at_every_speed(
    engine: SpeechEngine, english: str, say: Say, hear: Hear, speed: float
) -> None:
    text = f'See the garden. <break time="1700ms"/> {SENTENCE} <break time="0.9s"/>'

    chunks = say(engine, english, text, speed)

    # beside it may stand a little of the voice's own silence
    assert longest_silence(chunks) == pytest.approx(1.7, abs=0.15)
    assert not joined(chunks)[-int(0.9 * chunks[0].sample_rate) :].any()
    if speed == 1:
        assert "flowers" in text_of(hear(for_whisper(chunks))).lower()


def test_the_silence_before_the_first_sound_waits_for_it(
    engine: SpeechEngine, english: str, say: Say
) -> None:
    chunks = say(engine, english, f'<break time="300ms"/>{SENTENCE}')
    assert not joined(chunks)[: int(0.3 * chunks[0].sample_rate)].any()

    with pytest.raises(UnspeakableText):
        list(say(engine, english, '<break time="300ms"/> ー'))


@pytest.mark.thorough
@pytest.mark.slow
def test_a_word_without_end_is_spoken_to_its_end(
    engine: SpeechEngine, english: str, say: Say, hear: Hear
) -> None:
    samples = for_whisper(say(engine, english, "internationalization" * 15 + ". " + SENTENCE, 1.5))

    assert len(samples) > 8 * 16_000
    assert ends_with_the_sentence(hear(samples[-3 * 16_000 :]))


@pytest.mark.parametrize(("name", "voice", "language", "text"), SPOKEN)
def test_what_is_said_is_understood(
    request: pytest.FixtureRequest,
    say: Say,
    hear: Hear,
    name: str,
    voice: str,
    language: str,
    text: str,
) -> None:
    engine = request.getfixturevalue(name)

    heard = text_of(hear(for_whisper(say(engine, voice, text)), language=language))

    assert jiwer.wer(normalised(text), normalised(heard)) <= 0.1


def test_spanish_speech_is_translated_into_english(
    kokoro: SpeechEngine, say: Say, hear: Hear
) -> None:
    _, voice, _, text = SPOKEN[2]

    segments = hear(for_whisper(say(kokoro, voice, text)), language=None, task="translate")

    english = text_of(segments).lower()
    assert "beach" in english
    assert "friends" in english
