"""Mixes of voices, as Kokoro's users write them."""

from __future__ import annotations

import numpy as np
import pytest

from audio.engines.base import EngineError, SpeechEngine
from audio.engines.speech.kokoro import KokoroEngine
from audio.engines.speech.mixing import MixError, Part, is_mix, parts_of, shares, written


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("af_bella+af_sky", [("af_bella", 1), ("af_sky", 1)]),
        ("af_bella(2)+af_sky(1)", [("af_bella", 2), ("af_sky", 1)]),
        (" af_bella ( 0.5 ) + af_sky(.25) ", [("af_bella", 0.5), ("af_sky", 0.25)]),
        ("af_sky+af_sky(3)+am_adam", [("af_sky", 4), ("am_adam", 1)]),
        ("af_heart", [("af_heart", 1)]),
    ],
)
def test_a_mix_is_read(text: str, parts: list[tuple[str, float]]) -> None:
    assert parts_of(text) == [Part(*part) for part in parts]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("af_bella+", "Write a mix as"),
        ("+", "Write a mix as"),
        ("", "Write a mix as"),
        ("af_bella(x)+af_sky", "Write a mix as"),
        ("af_bella(1", "Write a mix as"),
        ("af_bella(-1)+af_sky", "Write a mix as"),
        ("af_bella(1e3)+af_sky", "Write a mix as"),
        ("af_bella(0)+af_sky", "from 0.01 to 100"),
        ("af_bella(101)+af_sky", "from 0.01 to 100"),
        ("af_bella(99)+af_bella(2)", "from 0.01 to 100"),
        ("a+b+c+d+e+f+g", "at most 6 voices; this one has 7"),
    ],
)
def test_what_is_no_mix_is_refused_with_how_to_write_one(text: str, why: str) -> None:
    with pytest.raises(MixError, match=why):
        parts_of(text)


def test_weights_are_shares_of_the_whole() -> None:
    assert shares(parts_of("a(2)+b(1)+c(1)")) == [0.5, 0.25, 0.25]
    assert sum(shares(parts_of("a(0.1)+b(0.2)+c(99)"))) == pytest.approx(1.0)


def test_a_mix_is_written_as_short_as_it_can_be() -> None:
    assert written(parts_of("a(2)+b(2)")) == "a+b"
    assert written(parts_of("a(2.0)+b")) == "a(2)+b(1)"
    assert parts_of(written(parts_of("a(0.33333)+b"))) == [Part("a", 0.3333), Part("b", 1)]


def test_names_are_told_from_mixes() -> None:
    for mix in ("a+b", "a(2)", "a (.5) ", "a(0)"):
        assert is_mix(mix)
    for name in ("nova", "a-b_c", "Dora (Spanish)", "a(b", "(2)"):
        assert not is_mix(name)


def styles(engine: SpeechEngine, *voices: str) -> list[np.ndarray]:
    assert isinstance(engine, KokoroEngine)
    engine.load()
    return [engine._mixed(voice, engine._model) for voice in voices]


def test_a_mix_lies_between_its_voices(kokoro: SpeechEngine) -> None:
    bella, sky, even, more = styles(
        kokoro, "af_bella", "af_sky", "af_bella+af_sky", "af_bella(3)+af_sky(1)"
    )
    assert np.allclose(even, (bella + sky) / 2, atol=1e-5)
    assert np.allclose(more, (3 * bella + sky) / 4, atol=1e-5)
    assert not np.allclose(bella, sky, atol=1e-2)


def test_a_mix_speaks(kokoro: SpeechEngine) -> None:
    voice = "af_bella(2)+af_sky(1)"
    chunks = list(kokoro.speak("Good morning.", voice=voice, language="en-US", speed=1.0))
    assert 0.5 < sum(chunk.seconds for chunk in chunks) < 3
    assert max(np.abs(chunk.samples).max() for chunk in chunks) > 0.05


@pytest.mark.parametrize("voice", ["af_bella+nobody", "af_bella+", "af_bella(0)"])
def test_an_unknown_mix_is_an_error(kokoro: SpeechEngine, voice: str) -> None:
    with pytest.raises(EngineError, match="Kokoro has no voice"):
        list(kokoro.speak("Hi.", voice=voice, language="en-US", speed=1.0))
