"""Loudness: what ffmpeg measures of a tone whose level is known, and the gain that follows."""

from __future__ import annotations

import numpy as np
import pytest

from audio.engines.speech.loudness import (
    HIGHEST_DBTP,
    TARGET_LUFS,
    Loudness,
    gain_db,
    loudness,
)

RATE = 24_000
TONE = np.sin(2 * np.pi * 997 * np.arange(3 * RATE) / RATE).astype(np.float32)


@pytest.mark.parametrize("peak_db", [-6.0, -20.0, -40.0])
def test_a_tone_is_as_loud_as_the_recommendation_says(peak_db: float) -> None:
    """EBU Tech 3341: a sine of 1 kHz in one channel is 3.0 LU below its peak."""
    found = loudness(TONE * 10 ** (peak_db / 20), RATE)

    assert found.lufs == pytest.approx(peak_db - 3.0, abs=0.1)
    assert found.peak_db == pytest.approx(peak_db, abs=0.2)


def test_a_pause_does_not_make_a_voice_quieter() -> None:
    spoken = np.concatenate([TONE, np.zeros(6 * RATE, np.float32), TONE])

    assert loudness(spoken, RATE).lufs == pytest.approx(loudness(TONE, RATE).lufs, abs=0.3)


def test_silence_has_no_loudness() -> None:
    found = loudness(np.zeros(RATE, np.float32), RATE)

    assert found.lufs < -60
    assert found.peak_db == -np.inf


def test_every_voice_comes_to_one_level() -> None:
    assert gain_db(Loudness(lufs=-29.0, peak_db=-14.0)) == TARGET_LUFS + 29.0
    assert gain_db(Loudness(lufs=-12.0, peak_db=2.0)) == TARGET_LUFS + 12.0


def test_a_voice_of_sudden_peaks_is_left_quieter_rather_than_clipped() -> None:
    assert gain_db(Loudness(lufs=-35.0, peak_db=-6.0)) == HIGHEST_DBTP + 6.0
