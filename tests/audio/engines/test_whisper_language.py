"""Which language a window is in, of a model whose encodings say so themselves."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from audio.engines.transcription.whisper_language import Guess, LanguageListener, weighed

CODES = ("", "en", "es", "fr")
STATES = 1500


class Model:
    """Holds for likely what most of the states of an encoding are numbered for."""

    is_multilingual = True

    def __init__(self) -> None:
        self.asked = 0
        self.codes = CODES

    def detect_language(self, encoded: Any) -> list[list[tuple[str, float]]]:
        self.asked += 1
        return [self._likely(states) for states in np.array(encoded)]

    def _likely(self, states: Any) -> list[tuple[str, float]]:
        counts = [float((states == number).sum()) for number in range(1, len(CODES))]
        shares = [count / max(sum(counts), 1) for count in counts]
        return [(f"<|{code}|>", share) for code, share in zip(self.codes[1:], shares, strict=True)]


def window(*runs: tuple[str, float]) -> tuple[Any, Any]:
    """Its encoding and its features: runs of seconds in a language, with a pause between them."""
    import ctranslate2

    numbers = [CODES.index(code) for code, seconds in runs for _ in range(round(seconds * 50))]
    states = np.zeros((1, STATES, 1), np.float32)
    states[0, : len(numbers), 0] = numbers
    features = np.ones((1, 2 * len(numbers)), np.float32)
    ends = np.cumsum([round(seconds * 100) for _, seconds in runs])
    for end in ends[:-1]:
        features[:, end - 15 : end + 15] = 0.0
    return ctranslate2.StorageView.from_array(states), features


def encoding(runs: tuple[tuple[str, float], ...], frames: int) -> Any:
    """Of the last frames of a window."""
    import ctranslate2

    whole = np.array(window(*runs)[0])
    used = round(sum(seconds for _, seconds in runs) * 50)
    states = np.zeros_like(whole)
    states[:, : frames // 2] = whole[:, used - frames // 2 : used]
    return ctranslate2.StorageView.from_array(states)


@pytest.fixture
def model() -> Model:
    return Model()


def listener(model: Model, language: str | None = None, *candidates: str) -> LanguageListener:
    return LanguageListener(SimpleNamespace(model=model), language, candidates)


def hear(languages: LanguageListener, *runs: tuple[str, float]) -> tuple[int, list[Guess]]:
    """Where the first run of a window ends, and what it may be in."""
    encoded, features = window(*runs)
    frames = languages.first_run(encoded, features, lambda rest: encoding(runs, rest.shape[-1]))
    ends = np.cumsum([seconds for _, seconds in runs])
    if frames < features.shape[-1]:
        cut = [
            (code, seconds)
            for (code, seconds), end in zip(runs, ends, strict=True)
            if end * 100 <= frames + 20
        ]
        encoded, _ = window(*cut)
    guesses = languages.guesses(encoded, frames)
    languages.spoken(guesses[0].code)
    return frames, guesses


def test_a_known_language_is_not_asked_for(model: Model) -> None:
    assert hear(listener(model, "fr"), ("en", 20), ("es", 5)) == (2500, [Guess("fr")])
    assert model.asked == 0


def test_one_language_is_one_run(model: Model) -> None:
    assert hear(listener(model), ("en", 30)) == (3000, [Guess("en", 1.0)])
    assert model.asked <= 2


def test_another_language_begins_at_a_pause_and_is_decoded_by_itself(model: Model) -> None:
    languages = listener(model)
    frames, guesses = hear(languages, ("en", 7), ("es", 3.5))
    assert frames == pytest.approx(700, abs=25)
    assert guesses[0].code == "en"
    assert hear(languages, ("es", 3.5)) == (350, [Guess("es", 1.0)])


def test_a_window_that_begins_in_another_language_ends_with_it(model: Model) -> None:
    languages = listener(model)
    hear(languages, ("en", 30))
    frames, guesses = hear(languages, ("es", 8), ("en", 22))
    assert frames == pytest.approx(800, abs=25)
    assert guesses[0].code == "es"


def test_a_word_of_another_language_changes_nothing(model: Model) -> None:
    frames, guesses = hear(listener(model), ("en", 9), ("es", 0.7), ("en", 9))
    assert (frames, guesses[0].code) == (1870, "en")


@pytest.mark.parametrize(
    ("runs", "is_clear"),
    [
        ((("en", 10),), True),
        # three seconds that are mostly of another language, as it seems, and half a second before
        # and after them are not: they cut words in two
        ((("en", 1.8), ("es", 2.4), ("en", 5.8)), True),
        ((("en", 6), ("es", 4)), False),
        ((("en", 1.5), ("es", 4), ("en", 6)), False),
        ((("es", 2.6), ("en", 7.4)), False),
    ],
)
def test_one_look_at_a_short_window_is_enough_where_its_language_is_clear(
    model: Model, runs: tuple[tuple[str, float], ...], is_clear: bool
) -> None:
    encoded, features = window(*runs)
    guess = listener(model).clear(encoded, features.shape[-1], 0.5)
    assert (guess is not None) is is_clear
    assert guess is None or guess.code == "en"


def test_a_language_goes_on_until_another_one_is_clear(model: Model) -> None:
    languages = listener(model)
    hear(languages, ("en", 30))
    # a mixture, as noise is
    assert hear(languages, ("fr", 0.6), ("es", 0.9), ("en", 0.2))[1][0].code == "en"
    assert hear(languages, ("fr", 20))[1][0].code == "fr"


def test_candidates_are_all_that_is_heard(model: Model) -> None:
    assert hear(listener(model, None, "en", "es"), ("fr", 4), ("es", 1))[1] == [Guess("es", 1.0)]


def test_where_it_is_not_clear_several_come_into_question(model: Model) -> None:
    _, guesses = hear(listener(model), ("fr", 0.5), ("es", 0.4), ("en", 0.1))
    assert [guess.code for guess in guesses] == ["fr", "es", "en"]


def test_the_likeliest_text_decides_between_them() -> None:
    romanian, italian = Guess("ro", 0.4), Guess("it", 0.3)
    best, number = weighed([(romanian, -1.1), (italian, -0.6)])
    assert (best.code, number) == ("it", 1)
    assert weighed([(romanian, -0.6), (italian, -0.6)])[0].code == "ro"


def test_it_is_as_sure_as_the_texts_are_apart() -> None:
    dutch, english = Guess("nl", 0.4), Guess("en", 0.3)
    alike, _ = weighed([(dutch, -0.65), (english, -0.6)])
    apart, _ = weighed([(dutch, -1.3), (english, -0.3)])

    assert 0.3 < (alike.probability or 0) < 0.4
    assert 0.6 < (apart.probability or 0) <= 0.7, "0.3 belongs to those that were not tried"


def test_of_languages_that_sound_alike_the_widespread_one_is_likelier(model: Model) -> None:
    model.codes = ("", "ur", "hi", "fr")
    runs = (("en", 0.5), ("es", 0.4), ("fr", 0.1))

    _, guesses = hear(listener(model), *runs)
    _, asked_for = hear(listener(model, None, "ur", "hi", "fr"), *runs)

    assert [guess.code for guess in guesses] == ["hi", "ur", "fr"]
    assert sum(guess.probability or 0 for guess in guesses) == pytest.approx(1)
    assert [guess.code for guess in asked_for] == ["ur", "hi", "fr"], "who asks for it gets it"


def test_something_comes_into_question_where_nothing_is_likely(model: Model) -> None:
    many = ["en", *(f"x{number}" for number in range(98))]
    model.detect_language = lambda encoded: [  # type: ignore[method-assign]
        [(f"<|{code}|>", 1 / len(many)) for code in many] for _ in np.array(encoded)
    ]

    _, guesses = hear(listener(model), ("en", 1.0))

    assert guesses[0].code == "en"
