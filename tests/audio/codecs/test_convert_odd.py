"""Conversions of films, of what cannot be converted, and of what ends on its way."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest

from audio.codecs.convert import convert, converter_process, seconds_told
from audio.codecs.targets import Quality, Target
from audio.codecs.verdict import DecodeError, DecodeLimits, DecodeReason
from tests.audio.codecs import ffmpeg
from tests.audio.codecs.made import (
    LIMITS,
    RATE,
    SAMPLES,
    Convert,
    noise,
    samples_of,
    written,
)


# --- films ----------------------------------------------------------------------------------------
def test_the_sound_of_a_film(tmp_path: Path, converted: Convert) -> None:
    film = ffmpeg.make(
        tmp_path / "film.mp4",
        *("-f", "lavfi", "-i", "testsrc=duration=2:size=64x64:rate=10"),
        *("-f", "lavfi", "-i", "sine=440:duration=2:sample_rate=48000", "-c:a", "aac"),
    )
    made, told = converted(film, Target.MP3)
    assert told.seconds == pytest.approx(2.0, abs=0.03)
    assert ffmpeg.listen(made.read_bytes()).pitch() == pytest.approx(440, abs=2)
    with av.open(str(made)) as container:
        assert not container.streams.video


def test_a_film_that_begins_without_sound_keeps_its_clock_and_is_not_charged_for_it(
    tmp_path: Path, converted: Convert
) -> None:
    film = ffmpeg.make(
        tmp_path / "late.mkv",
        *("-f", "lavfi", "-i", "testsrc=duration=3:size=64x64:rate=10"),
        *("-itsoffset", "1", "-f", "lavfi", "-i", "sine=440:duration=2:sample_rate=48000"),
        *("-c:a", "flac"),
    )
    # no more is paid for than there is, and that does not cut the silence off
    paid = DecodeLimits(max_seconds=2.1, output_bytes=50_000_000)
    made, told = converted(film, Target.WAV, limits=paid)
    samples = samples_of(made)
    assert told.seconds == pytest.approx(3.0, abs=0.05)
    assert told.paid_ms == pytest.approx(2_000, abs=5)
    assert not samples[: round(0.9 * 48_000)].any()


def test_a_silent_track_gives_way_to_the_next(tmp_path: Path, converted: Convert) -> None:
    film = ffmpeg.make(
        tmp_path / "two.mkv",
        *("-f", "lavfi", "-t", "2", "-i", "anullsrc=r=48000:cl=mono"),
        *("-f", "lavfi", "-i", "sine=440:duration=2:sample_rate=48000"),
        *("-map", "0:a", "-map", "1:a", "-c:a", "flac"),
    )
    made, _ = converted(film, Target.WAV)
    assert ffmpeg.listen(made.read_bytes()).pitch() == pytest.approx(440, abs=2)


# --- refusals -------------------------------------------------------------------------------------
def refusal(run: Callable[[], object]) -> DecodeReason:
    with pytest.raises(DecodeError) as error:
        run()
    assert len(str(error.value)) > 30
    return error.value.reason


def test_what_is_no_sound_is_refused_when_it_is_measured(tmp_path: Path) -> None:
    empty, text = tmp_path / "empty", tmp_path / "text.mp3"
    empty.write_bytes(b"")
    text.write_bytes(b"This is a letter. " * 100)
    video = ffmpeg.make(
        tmp_path / "mute.mp4", "-f", "lavfi", "-i", "testsrc=duration=1:size=64x64:rate=10"
    )
    reasons = {
        empty: DecodeReason.EMPTY,
        text: DecodeReason.UNSUPPORTED,
        video: DecodeReason.NO_AUDIO_STREAM,
    }
    for path, reason in reasons.items():
        assert refusal(partial(seconds_told, path, limits=LIMITS)) is reason


def test_what_has_lost_its_end(tmp_path: Path) -> None:
    whole = ffmpeg.sine(tmp_path / "a.m4a")
    cut = tmp_path / "cut.m4a"
    cut.write_bytes(whole.read_bytes()[:-2_000])
    assert refusal(lambda: seconds_told(cut, limits=LIMITS)) is DecodeReason.INCOMPLETE


@pytest.mark.parametrize("mark", [b"enca", b"drms"])
def test_what_a_shop_has_encrypted(tmp_path: Path, mark: bytes) -> None:
    data = ffmpeg.sine(tmp_path / "a.m4a").read_bytes()
    bought = tmp_path / "bought.m4a"
    bought.write_bytes(data.replace(b"mp4a", mark, 1))
    assert refusal(lambda: seconds_told(bought, limits=LIMITS)) is DecodeReason.ENCRYPTED


def test_wma_with_a_licence(tmp_path: Path) -> None:
    plain = ffmpeg.sine(tmp_path / "a.wma")
    assert seconds_told(plain, limits=LIMITS) == pytest.approx(2.0, abs=0.2)
    data = plain.read_bytes()
    guid = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e")
    bought = tmp_path / "bought.wma"
    bought.write_bytes(data[:30] + guid + data[46:])
    assert refusal(lambda: seconds_told(bought, limits=LIMITS)) is DecodeReason.ENCRYPTED


def test_what_is_too_long_is_known_before_it_is_decoded(tmp_path: Path) -> None:
    source = ffmpeg.long_wav(tmp_path / "long.wav", seconds=700)
    assert refusal(lambda: seconds_told(source, limits=LIMITS)) is DecodeReason.TOO_LONG


def test_silence_is_refused_and_near_silence_is_not(tmp_path: Path, converted: Convert) -> None:
    silent = written(tmp_path / "silent.wav", np.zeros((RATE, 2)))
    assert refusal(lambda: converted(silent, Target.MP3)) is DecodeReason.SILENT
    quiet = written(tmp_path / "quiet.wav", noise() / 4_000)
    assert converted(quiet, Target.FLAC)[1].samples == SAMPLES


def test_what_is_longer_than_was_paid_for_is_stopped(tmp_path: Path, converted: Convert) -> None:
    source = written(tmp_path / "a.wav", noise())
    short = DecodeLimits(max_seconds=2.0, output_bytes=50_000_000)
    assert refusal(lambda: converted(source, Target.MP3, limits=short)) is DecodeReason.TOO_LONG


@pytest.mark.parametrize("target", list(Target))
def test_a_result_that_is_too_large_is_stopped(
    tmp_path: Path, converted: Convert, target: Target
) -> None:
    source = written(tmp_path / "a.wav", noise())
    tight = DecodeLimits(max_seconds=600, output_bytes=9_000)
    assert refusal(lambda: converted(source, target, limits=tight)) is DecodeReason.TOO_LARGE
    assert max(path.stat().st_size for path in tmp_path.glob("from-*")) <= 9_000


def test_a_full_disk_is_not_the_recording_s_fault(tmp_path: Path) -> None:
    source = written(tmp_path / "a.wav", noise())
    full = open("/dev/full", "r+b", buffering=0)  # noqa: SIM115 - closed below

    def run() -> None:
        convert(
            source,
            full,
            target=Target.FLAC,
            quality=Quality.HIGH,
            limits=LIMITS,
            alive=lambda seconds: None,
        )

    with full:
        assert refusal(run) is DecodeReason.UNAVAILABLE


# --- while it goes on -----------------------------------------------------------------------------
class Stop(Exception):
    """Nobody wants it any more."""


def test_it_tells_how_far_it_is_and_ends_when_nobody_wants_it(
    tmp_path: Path, converted: Convert
) -> None:
    long = written(tmp_path / "long.wav", np.tile(noise(), (60, 1)))
    told: list[float] = []

    def alive(seconds: float) -> None:
        told.append(seconds)
        if seconds:
            raise Stop

    with pytest.raises(Stop):
        converted(long, Target.MP3, alive=alive)
    assert 0 < told[-1] < 180
    assert told == sorted(told)


def test_a_converter_that_is_killed_is_started_again(tmp_path: Path, converted: Convert) -> None:
    source = written(tmp_path / "a.wav", noise())
    converted(source, Target.FLAC)
    first = converter_process.pid
    converter_process.stop()
    converted(source, Target.FLAC)
    assert converter_process.pid not in (None, first)


def test_a_stream_that_changes_on_its_way(tmp_path: Path, converted: Convert) -> None:
    """Two pieces of ADTS, of another rate and number of channels, one behind the other."""
    one = ffmpeg.sine(tmp_path / "one.aac", rate=44_100)
    two = ffmpeg.sine(tmp_path / "two.aac", "-ac", "2", rate=32_000)
    both = tmp_path / "both.aac"
    both.write_bytes(one.read_bytes() + two.read_bytes())
    made, told = converted(both, Target.WAV)
    assert (told.rate, told.channels) == (44_100, 1)
    assert told.seconds == pytest.approx(4.0, abs=0.2)
    assert ffmpeg.listen(made.read_bytes()).pitch() == pytest.approx(440, abs=2)
