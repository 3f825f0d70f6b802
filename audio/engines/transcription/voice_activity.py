"""Where somebody speaks, found stretch by stretch: hours take no more memory than minutes.

Silero's detector, as faster-whisper brings it, copies what it is given three times over.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audio.engines.base import WHISPER_SAMPLE_RATE, Recording, SpeechDetection

STRETCH_SECONDS = 450
"""What the detector is given at once. More than the longest span, so that one in it is whole."""
_OVERLAP_SECONDS = 1
"""Of stretches between which nobody speaks: a word may begin at the very end of the first."""
_SHORTEST_SPEECH_MS = 100
_LIKELY = 0.6
"""Of the threshold, at which a span goes on that has reached it."""
_SHORTEST_PAUSE_MS = 160
"""Shorter ones are inside of words, too."""
_FULL_SCALE = np.float32(32_768)

Span = dict[str, int]
"""A stretch of speech: `start` and `end` in samples, as Silero's detector gives it."""


def spans_of_speech(
    samples: Recording,
    detection: SpeechDetection,
    *,
    longest_seconds: float,
    stretch_seconds: float = STRETCH_SECONDS,
) -> Iterator[Span]:
    """Spans in order; none for silence, noise and an empty clip.

    samples: mono at `WHISPER_SAMPLE_RATE`; they may lie in a file (numpy.memmap). Only one
    stretch is in memory at a time. longest_seconds: of a span: speech that does not pause is cut
    there, where it pauses shortly.
    """
    stretch = int(stretch_seconds * WHISPER_SAMPLE_RATE)
    start = heard_until = 0
    while start < len(samples):
        end = min(start + stretch, len(samples))
        found = _found(samples[start:end], detection, longest_seconds)
        goes_on = _taken_if_cut(found, end - start) if end < len(samples) else None
        for span in found:
            heard_until = start + span["end"]
            yield {"start": start + span["start"], "end": heard_until}
        if end == len(samples):
            return
        overlapping = end - _OVERLAP_SECONDS * WHISPER_SAMPLE_RATE
        start = start + goes_on["start"] if goes_on else max(heard_until, overlapping, start + 1)


def longest_pause(samples: NDArray[np.float32]) -> Span | None:
    """Of a few seconds in which somebody speaks; None where it is speech from end to end."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(speech_pad_ms=0, min_silence_duration_ms=_SHORTEST_PAUSE_MS)
    spans = get_speech_timestamps(samples, options)
    starts = [0, *(span["end"] for span in spans)]
    ends = [*(span["start"] for span in spans), len(samples)]
    pauses = [Span(start=start, end=end) for start, end in zip(starts, ends, strict=True)]
    longest = max(pauses, key=lambda pause: pause["end"] - pause["start"])
    shortest = _SHORTEST_PAUSE_MS * WHISPER_SAMPLE_RATE // 1000
    return longest if longest["end"] - longest["start"] >= shortest else None


def _found(samples: Recording, detection: SpeechDetection, longest: float) -> list[Span]:
    # a pause of hours is told in a moment, as nobody pays for it
    return _detect(as_floats(samples), detection, longest) if samples.any() else []


def as_floats(samples: Recording) -> NDArray[np.float32]:
    """In memory, full scale being 1."""
    if samples.dtype == np.int16:
        return samples.astype(np.float32) / _FULL_SCALE
    return np.asarray(samples, dtype=np.float32)


def _taken_if_cut(found: list[Span], length: int) -> Span | None:
    """The last span where it reaches the end: whoever speaks there may go on beyond it."""
    if found and found[-1]["end"] >= length and found[-1]["start"] > 0:
        return found.pop()
    return None


def _detect(samples: NDArray[np.float32], detection: SpeechDetection, longest: float) -> list[Span]:
    """Spans in which the detector is sure somewhere, as far as it holds speech for likely.

    After some noise it is less sure of the first sentence, which one threshold would cut off.
    """
    sure = _spans_at(detection.threshold, samples, detection, longest)
    if not sure:
        return []
    likely = _spans_at(detection.threshold * _LIKELY, samples, detection, longest)
    return [span for span in likely if any(_meet(span, other) for other in sure)]


def _meet(one: Span, other: Span) -> bool:
    return one["start"] < other["end"] and other["start"] < one["end"]


def _spans_at(
    threshold: float, samples: NDArray[np.float32], detection: SpeechDetection, longest: float
) -> list[Span]:
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(
        threshold=threshold,
        speech_pad_ms=detection.padding_ms,
        min_silence_duration_ms=detection.silence_ms,
        min_speech_duration_ms=_SHORTEST_SPEECH_MS,
        max_speech_duration_s=longest,
    )
    spans: list[Span] = get_speech_timestamps(samples, options)
    return spans
