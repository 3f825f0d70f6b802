"""What is audible stays audible: channels that cancel each other, sound too quiet for 16 bits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from audio.codecs.decode import DecodedAudio
from audio.codecs.levels import Levels
from audio.codecs.mixing import MonoMixer
from tests.audio.codecs.ffmpeg import Heard

Decoded = Callable[..., DecodedAudio]
Floats = NDArray[np.float32]
RATE = 16_000
DICE = np.random.default_rng(1)


def tone(hertz: int = 440, *, seconds: float = 3.0, peak: float = 0.3) -> Floats:
    clock = np.arange(round(seconds * RATE)) / RATE
    return (peak * np.sin(2 * np.pi * hertz * clock)).astype(np.float32)


def noise(*, seconds: float = 3.0, rms: float) -> Floats:
    return (rms * DICE.standard_normal(round(seconds * RATE))).astype(np.float32)


def written(path: Path, *rows: Floats, codec: str = "pcm_f32le", layout: str = "") -> Path:
    """Channels in a file, as they are."""
    layout = layout or {1: "mono", 2: "stereo"}[len(rows)]
    with av.open(str(path), "w", format="wav") as container:
        stream = container.add_stream(codec, rate=RATE, layout=layout)
        frame = av.AudioFrame.from_ndarray(
            np.stack(rows, axis=1).reshape(1, -1), format="flt", layout=layout
        )
        frame.sample_rate = RATE
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return path


def heard(audio: DecodedAudio) -> Floats:
    return np.fromfile(audio.path, "<i2").astype(np.float32) / 32_768


def pitch(samples: Floats) -> float:
    return Heard(RATE, "mono", samples).pitch()


def rms(samples: Floats) -> float:
    return float(np.sqrt(np.mean(samples**2)))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param(tone(), -tone(), id="opposite"),
        pytest.param(tone(), -tone(peak=0.2), id="opposite and not as loud"),
        pytest.param(
            tone() + noise(rms=0.05), noise(rms=0.05) - tone(), id="opposite with their own noise"
        ),
        pytest.param(tone(), np.zeros_like(tone()), id="the right one is dead"),
        pytest.param(np.zeros_like(tone()), tone(), id="the left one is dead"),
    ],
)
def test_no_channel_silences_another(left: Floats, right: Floats, tmp_path: Path, decoded: Decoded):
    found = heard(decoded(written(tmp_path / "two.wav", left, right)))

    assert rms(found) > 0.1
    assert pitch(found) == pytest.approx(440, abs=2)


def test_channels_that_turn_opposite_on_the_way(tmp_path: Path, decoded: Decoded):
    """In phase, then opposite, then in phase: without a gap and without a click."""
    left = tone(seconds=12.0)
    right = left * np.where((np.arange(len(left)) // (4 * RATE)) % 2, -1, 1).astype(np.float32)

    found = heard(decoded(written(tmp_path / "turns.wav", left, right)))

    for second in range(12):
        assert rms(found[second * RATE : (second + 1) * RATE]) > 0.1, second
    steepest = np.abs(np.diff(left)).max()
    assert np.abs(np.diff(found)).max() < 3 * steepest


def test_two_who_speak_are_both_in_the_mix(tmp_path: Path, decoded: Decoded):
    found = heard(decoded(written(tmp_path / "two.wav", tone(400), tone(1_000, peak=0.1))))

    spectrum = np.abs(np.fft.rfft(found[RATE : 2 * RATE]))
    assert spectrum[400] == pytest.approx(3 * spectrum[1_000], rel=0.1)


def test_speech_in_the_centre_of_a_film_is_not_drowned_by_its_thunder(
    tmp_path: Path, decoded: Decoded
):
    quiet = np.zeros_like(tone())
    rows = [quiet, quiet, tone(440, peak=0.1), tone(50, peak=0.9), quiet, quiet]

    found = heard(decoded(written(tmp_path / "film.wav", *rows, layout="5.1")))

    assert pitch(found) == pytest.approx(440, abs=2)
    assert rms(found) > 0.02


def test_what_only_the_last_of_six_channels_says_is_heard(tmp_path: Path, decoded: Decoded):
    quiet = np.zeros_like(tone())
    for alone in range(6):
        rows = [quiet] * alone + [tone()] + [quiet] * (5 - alone)

        found = heard(decoded(written(tmp_path / "six.wav", *rows, layout="5.1")))

        assert pitch(found) == pytest.approx(440, abs=2), alone
        assert rms(found) > 0.02, alone


# --- levels -------------------------------------------------------------------------------------
@pytest.mark.parametrize("codec", ["pcm_f32le", "pcm_f64le", "pcm_s24le", "pcm_s32le"])
@pytest.mark.parametrize("decibels", [-60, -87, -100])
def test_what_is_too_quiet_for_16_bits_is_raised_first(
    codec: str, decibels: int, tmp_path: Path, decoded: Decoded
):
    quiet = tone(peak=10 ** (decibels / 20))

    found = heard(decoded(written(tmp_path / "quiet.wav", quiet, codec=codec)))

    assert np.abs(found).max() == pytest.approx(0.5, abs=0.01)
    spectrum = np.abs(np.fft.rfft(found[:RATE])) ** 2
    assert spectrum[440] > 0.95 * spectrum.sum(), "it is a tone, and not steps of one bit"


@pytest.mark.parametrize("peak", [0.03, 0.3, 1.0])
def test_a_recording_that_is_loud_enough_stays_as_it_is(
    peak: float, tmp_path: Path, decoded: Decoded
):
    found = heard(decoded(written(tmp_path / "a.wav", tone(peak=peak))))

    assert np.abs(found - tone(peak=peak)).max() < 1e-4


@pytest.mark.parametrize("peak", [4.0, 32_767.0])
def test_what_is_beyond_full_scale_is_lowered_and_not_cut(
    peak: float, tmp_path: Path, decoded: Decoded
):
    found = heard(decoded(written(tmp_path / "loud.wav", tone(peak=peak))))

    assert np.abs(found - tone(peak=1.0)).max() < 0.01


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30, 1e6])
def test_a_sample_gone_wrong_does_not_silence_the_rest(
    bad: float, tmp_path: Path, decoded: Decoded
):
    samples = tone()
    samples[RATE] = bad

    found = heard(decoded(written(tmp_path / "bad.wav", samples)))

    assert rms(found[: RATE // 2]) > 0.01
    assert pitch(found[: RATE // 2]) == pytest.approx(440, abs=3)


def test_silence_stays_silence(tmp_path: Path, decoded: Decoded):
    nothing = noise(rms=1e-8)

    assert not heard(decoded(written(tmp_path / "nothing.wav", nothing))).any()


# --- the parts ----------------------------------------------------------------------------------
def test_a_channel_that_is_heard_alone_stays_it() -> None:
    mixer = MonoMixer()
    for number in range(6):
        louder = 1.1 if number % 2 else 0.9
        block = np.stack([tone(), -louder * tone()])
        mixed = mixer.mixed(block, ["FL", "FR"])
    assert np.allclose(mixed, tone())


def test_layouts_without_names_are_mixed_evenly() -> None:
    block = np.stack([tone(400), tone(600), tone(800), tone(1_000)])
    mixed = MonoMixer().mixed(block, ["NONE"] * 4)
    assert np.allclose(mixed, block.mean(axis=0), atol=1e-6)


def test_all_rows_are_raised_alike() -> None:
    """What one channel has of the other, from afar, does not become as loud as the other."""
    levels = Levels(2)
    levels.add(np.stack([tone(), tone(600, peak=0.001)]))
    assert levels.gain() == 1.0
