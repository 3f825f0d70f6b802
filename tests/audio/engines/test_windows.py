"""Long speech in batches of windows, of a model that writes down what its features say."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from audio.engines.transcription import windows as module
from audio.engines.transcription.decoding import Decoded, Decoder, _room
from audio.engines.transcription.whisper_language import Guess, LanguageListener
from audio.engines.transcription.windows import Heard, Windows

RATE = 16_000
LONGEST = 3000
EOT, FIRST = 1000, 2000
BATCH = 3
ENGLISH = Guess("en")


class Tokenizer:
    """Its tokens are numbers of windows."""

    eot, timestamp_begin = EOT, FIRST

    def decode(self, tokens: Sequence[int]) -> str:
        return " ".join(str(token) for token in tokens if token < EOT)


class Result:
    no_speech_prob = 0.0

    def __init__(self, tokens: list[int]) -> None:
        self.sequences_ids = [tokens]


class Encoding:
    def __init__(self, features: Any) -> None:
        self.number = int(features[0, 0])
        self.frames = features.shape[-1]


class Model:
    """Knows English only, so that nobody asks for a language."""

    is_multilingual = False
    time_precision, input_stride, frames_per_second = 0.02, 2, 100

    def __init__(self) -> None:
        from faster_whisper import WhisperModel

        self.model = self.feature_extractor = self
        self.nb_max_frames = LONGEST
        self.encodings: weakref.WeakSet[Encoding] = weakref.WeakSet()
        self.encoded: list[int] = []
        self._split_segments_by_timestamps = WhisperModel._split_segments_by_timestamps.__get__(
            self
        )

    def __call__(self, spoken: Any) -> Any:
        """Features are the second that they belong to."""
        frames = len(spoken) // 160 + 1
        return np.tile(np.arange(frames, dtype=np.float32) // 100, (2, 1))

    def encode(self, features: Any) -> Encoding:
        found = Encoding(features)
        self.encodings.add(found)
        self.encoded.append(found.number)
        return found


def text(number: int, end: int, *, closed: bool = True) -> Decoded:
    """The number of the second at which a window begins, up to a frame of it."""
    last = [FIRST + end // 2] * (1 if closed else 2)
    return Decoded(ENGLISH, Tokenizer(), Result([FIRST, number, *last]), -0.2, 0.0, 1.0)


class Writer:
    """Instead of the decoder. said: the second at which a window begins -> its text."""

    def __init__(self, said: Callable[[int], Decoded]) -> None:
        self.said = said
        self.batches: list[list[int]] = []
        self.alone: list[int] = []
        self.asked_for_more: list[int] = []
        self.more: dict[int, list[int]] = {}

    def together(self, encoded: Sequence[Encoding], guesses: Any, most: int) -> list[Decoded]:
        self.batches.append([each.number for each in encoded])
        return [self.said(each.number) for each in encoded]

    def decoded(self, encoded: Encoding, guess: Guess, most: int) -> Decoded:
        self.alone.append(encoded.number)
        return self.said(encoded.number)

    def longer(self, encoded: Encoding, text: Decoded, most: int) -> Decoded:
        self.asked_for_more.append(encoded.number)
        return text.and_then(self.more[encoded.number]) if encoded.number in self.more else text


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Of each window that is cut: where in its last six seconds the pause is. Usually at 4 to 6."""
    found: list[Any] = []
    usual = {"start": 4 * RATE, "end": 6 * RATE}
    monkeypatch.setattr(module, "longest_pause", lambda _: found.pop(0) if found else usual)
    return found


def windows_of(model: Model, said: Callable[[int], Decoded]) -> tuple[Windows, Writer]:
    windows = Windows(
        model,
        LanguageListener(model, "en"),
        task="transcribe",
        temperatures=[0.0],
        guidance=None,
        needs_words=False,
        batch=BATCH,
    )
    writer = Writer(said)
    windows._decoder = writer  # type: ignore[assignment]
    return windows, writer


def heard(windows: Windows, seconds: int) -> Iterator[Heard]:
    return windows.heard(np.zeros(seconds * RATE, np.float32))


def numbers(segments: Sequence[Heard]) -> list[int]:
    return [int(number) for segment in segments for number in segment.text.split()]


def test_the_first_batch_is_one_window_and_segments_are_in_order(model: Model) -> None:
    windows, writer = windows_of(model, lambda number: text(number, 2800))

    segments = list(heard(windows, 29 * 8))

    assert writer.batches == [[0], [29, 58, 87], [116, 145, 174], [203]]
    assert numbers(segments) == [29 * place for place in range(8)]
    assert [segment.start for segment in segments] == [29.0 * place for place in range(8)]
    assert [segment.end for segment in segments] == [29.0 * place + 28 for place in range(8)]


def test_the_first_of_a_recording_is_not_the_first_of_each_block(model: Model) -> None:
    windows, writer = windows_of(model, lambda number: text(number, 2800))

    list(heard(windows, 29))
    list(heard(windows, 29 * 3))

    assert writer.batches == [[0], [0, 29, 58]]


def test_a_reader_who_leaves_stops_it_within_a_batch(model: Model) -> None:
    windows, writer = windows_of(model, lambda number: text(number, 2800))
    segments = heard(windows, 29 * 20)

    for _ in range(2):
        next(segments)
    segments.close()

    assert writer.batches == [[0], [29, 58, 87]]
    assert model.encoded == [0, 29, 58, 87]


def test_encodings_of_one_batch_are_in_memory(model: Model) -> None:
    windows, _ = windows_of(model, lambda number: text(number, 2800))

    for _ in heard(windows, 29 * 20):
        # the last one is kept, should it be asked for again
        assert len(model.encodings) <= BATCH + 1


def test_a_text_goes_on_to_the_end_of_the_speech(model: Model) -> None:
    windows, writer = windows_of(model, lambda number: text(number, 2000, closed=False))
    writer.more = {29: more(77, end=2800), 58: more(88, end=2790)}

    segments = list(heard(windows, 29 * 3))[2:]

    assert writer.asked_for_more == [0, 29, 58]
    assert numbers(segments) == [29, 77, 58, 88]
    assert [(s.start, s.end) for s in segments[:2]] == [(29.0, 49.0), (49.0, 57.0)]


def more(number: int, *, end: int) -> list[int]:
    return [number, FIRST + end // 2]


def test_what_the_model_does_not_add_is_heard_by_itself(model: Model) -> None:
    windows, writer = windows_of(
        model, lambda number: text(number, 2000, closed=False) if number < 20 else text(number, 850)
    )

    segments = list(heard(windows, 29))

    assert writer.asked_for_more == [0]
    assert writer.alone == [20]
    assert numbers(segments) == [0, 20]
    assert segments[-1].start == 20.0


def test_where_the_model_says_twice_that_nothing_follows_nothing_does(model: Model) -> None:
    windows, writer = windows_of(model, lambda number: text(number, 2000))

    assert numbers(list(heard(windows, 29))) == [0]
    assert writer.asked_for_more == [0]
    assert writer.alone == []


def test_last_words_without_a_time_end_with_the_speech(model: Model) -> None:
    tokens = [FIRST, 1, FIRST + 1200, FIRST + 1200, *[2] * 8]
    windows, writer = windows_of(
        model, lambda _: Decoded(ENGLISH, Tokenizer(), Result(tokens), -0.2, 0.0, 1.0)
    )

    segments = list(heard(windows, 29))

    assert numbers(segments) == [1, *[2] * 8]
    assert (segments[-1].start, segments[-1].end) == (24.0, 29.0)
    assert writer.alone == []


def test_a_window_without_a_pause_ends_the_batch_where_its_text_does(
    model: Model, pauses: list[Any]
) -> None:
    windows, writer = windows_of(
        model,
        lambda number: text(number, 2600, closed=False) if number == 29 else text(number, 2800),
    )
    pauses[:] = [{"start": 4 * RATE, "end": 6 * RATE}, None]

    segments = list(heard(windows, 90))

    assert writer.batches == [[0], [29], [55, 84]]
    assert numbers(segments) == [0, 29, 55, 84]


class HalfBad(Decoder):
    """Of two windows side by side it writes the second down badly."""

    def __init__(self) -> None:
        super().__init__(
            None, task="transcribe", temperatures=[0.0, 0.2], guidance=None, needs_words=False
        )
        self.alone: list[Any] = []

    def _tokenizer(self, guess: Guess) -> Any:
        return Tokenizer()

    def _prompt(self, tokenizer: Any) -> list[int]:
        return []

    def _side_by_side(self, encoded: Sequence[Any], *asked: Any) -> list[Decoded]:
        bad = Decoded(ENGLISH, Tokenizer(), Result([FIRST, 9]), -1.4, 0.0, 1.0)
        return [text(1, 2800), bad]

    def decoded(self, encoded: Any, guess: Guess, most_tokens: int) -> Decoded:
        self.alone.append(encoded)
        return text(2, 2800)


def test_a_window_that_went_wrong_climbs_the_ladder_alone() -> None:
    decoder = HalfBad()

    found = decoder.together(["one", "two"], [ENGLISH, ENGLISH], 220)

    assert decoder.alone == ["two"]
    assert [each.tokens[1] for each in found] == [1, 2]


@pytest.mark.parametrize(("closed", "last"), [(True, [1400]), (False, [1400, 1400])])
def test_a_text_that_goes_on_is_asked_for_behind_its_last_segment(
    closed: bool, last: list[int]
) -> None:
    """Without it, words that end a little late are said twice."""
    times = [FIRST + each for each in last]
    tokens = [FIRST, 1, FIRST + 600, FIRST + 600, 2, 3, *times]
    decoded = Decoded(ENGLISH, Tokenizer(), Result(tokens), -0.2, 0.0, 1.0)

    assert decoded.last_segment == [FIRST + 600, 2, 3, FIRST + 1400, FIRST + 1400]
    assert decoded.is_open != closed
    assert decoded.and_then([4]).tokens == [*tokens[:6], FIRST + 1400, FIRST + 1400, 4]


@pytest.mark.parametrize(("prompt", "most"), [(4, 220), (4, 40), (224, 220), (224, 40)])
def test_half_of_the_length_is_enough_for_the_text(prompt: int, most: int) -> None:
    """CTranslate2 writes no more, whatever the prompt leaves."""
    length = prompt + _room([0] * prompt, most)
    assert min(length // 2, length - prompt) >= most
    assert length <= 448
