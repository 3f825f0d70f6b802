"""Times across silence that was cut out before the model heard anything."""

from __future__ import annotations

from itertools import pairwise

import pytest

from audio.engines.base import Word
from audio.engines.transcription.clock import Clock
from audio.engines.transcription.voice_activity import Span
from audio.engines.transcription.whisper_language import Guess
from audio.engines.transcription.windows import Heard

RATE = 16_000
SPANS: list[Span] = [
    {"start": int(24.66 * RATE), "end": int(31.86 * RATE)},
    {"start": int(43.63 * RATE), "end": int(50.26 * RATE)},
    {"start": int(80.08 * RATE), "end": int(87.15 * RATE)},
]
"""The model hears 20.9 seconds, with joints at 7.2 and 13.83."""


def heard(start: float, end: float, *words: tuple[str, float, float]) -> Heard:
    spoken = tuple(Word(f" {text}", *times, 0.9) for text, *times in words)
    return Heard(
        seek=0,
        start=start,
        end=end,
        text="".join(word.text for word in spoken) or " Text.",
        tokens=tuple(range(10 * len(spoken))),
        temperature=0.0,
        avg_logprob=-0.2,
        compression_ratio=1.0,
        no_speech_prob=0.0,
        language=Guess("en"),
        words=spoken,
    )


def placed(found: Heard) -> list[Heard]:
    return list(Clock(SPANS).placed(found))


def covers_silence(found: Heard) -> bool:
    return any(
        found.start < after["start"] / RATE - 1 and found.end > before["end"] / RATE + 1
        for before, after in pairwise(SPANS)
    )


def test_a_segment_that_reaches_over_a_joint_is_where_its_words_are() -> None:
    # as Whisper's own marks of time had it: until the next sentence begins
    (segment,) = placed(heard(3.5, 7.35, ("Please", 3.52, 4.0), ("bring", 4.0, 6.62)))
    assert segment.start == pytest.approx(28.18)
    assert segment.end == pytest.approx(31.28)
    assert not covers_silence(segment)


def test_a_word_on_a_joint_belongs_to_the_side_that_has_more_of_it() -> None:
    (segment,) = placed(heard(7.0, 8.5, ("Good", 7.1, 7.7), ("morning.", 7.7, 8.5)))
    assert segment.start == pytest.approx(43.63)
    assert segment.end == pytest.approx(44.93)

    (segment,) = placed(heard(6.0, 7.4, ("table.", 6.5, 7.4)))
    assert (segment.start, segment.end) == pytest.approx((31.16, 31.86))


def test_a_segment_across_silence_is_divided_there() -> None:
    before, after = placed(
        heard(6.0, 8.6, ("wooden", 6.0, 6.4), ("table.", 6.4, 6.9), ("Good", 7.5, 8.0))
    )
    assert (before.text, after.text) == (" wooden table.", " Good")
    assert (before.end, after.start) == pytest.approx((31.56, 43.93))
    assert [len(part.words) for part in (before, after)] == [2, 1]
    assert (*before.tokens, *after.tokens) == tuple(range(30))


def test_a_pause_that_was_hardly_shortened_divides_nothing() -> None:
    near: list[Span] = [{"start": 0, "end": 2 * RATE}, {"start": int(2.3 * RATE), "end": 5 * RATE}]
    found = heard(1.0, 4.0, ("one", 1.0, 1.5), ("two", 2.5, 3.0))
    (segment,) = Clock(near).placed(found)
    assert (segment.text, segment.start) == (" one two", 1.0)
    assert segment.end == pytest.approx(3.3)


def test_a_segment_without_words_stays_in_the_span_that_has_most_of_it() -> None:
    for start, end, span in ((3.4, 7.3, 0), (7.15, 9.0, 1), (13.5, 20.9, 2)):
        (segment,) = placed(heard(start, end))
        assert SPANS[span]["start"] <= segment.start * RATE + 1e-6
        assert segment.end * RATE <= SPANS[span]["end"] + 1e-6
        assert not covers_silence(segment)


def test_words_never_go_back_into_a_span_that_is_over() -> None:
    (*_, last) = placed(heard(6.9, 8, ("a", 7.3, 7.6), ("b", 7.0, 7.2), ("c", 7.2, 7.25)))
    times = [moment for word in last.words for moment in (word.start, word.end)]
    assert min(times) >= 43.63


def test_a_window_begins_where_it_does_in_the_recording() -> None:
    clock = Clock(SPANS)
    assert clock.seek(0.0) == pytest.approx(24.66)
    assert clock.seek(7.5) == pytest.approx(43.93)
    assert clock.seek(99.0) == pytest.approx(87.15)
