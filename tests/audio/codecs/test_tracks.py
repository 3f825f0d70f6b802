"""Which of several audio tracks is decoded, and each of their channels by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.codecs.decode import DecodedAudio, DecodeError, DecodeReason, decode
from audio.codecs.verdict import DecodeLimits, Wanted
from tests.audio.codecs.ffmpeg import Heard, make

Decoded = Callable[..., DecodedAudio]
LOW, MIDDLE, HIGH = 300, 440, 900
"""Hz."""
OPPOSITE = "0.3*sin(2000*t)|-0.1*sin(2000*t)"


def tones(output: Path, *hertz: int, default: int | None = None, codec: str = "aac") -> Path:
    """A file with a track of two seconds for each; 0 Hz is silence. default: which is flagged."""
    inputs: list[str] = []
    maps: list[str] = []
    for number, hz in enumerate(hertz):
        what = f"sine={hz}:sample_rate=44100" if hz else "anullsrc=r=44100:cl=mono"
        inputs += ["-f", "lavfi", "-t", "2", "-i", what]
        flag = "default" if number == default else "0"
        maps += ["-map", str(number), f"-disposition:a:{number}", flag]
    return make(output, *inputs, *maps, "-c:a", codec)


def channels(output: Path, *hertz: int, expression: str = "") -> Path:
    """A wav of two seconds with a tone in each channel; 0 Hz is silence."""
    each = [f"0.3*sin(2*PI*{hz}*t)" if hz else "0" for hz in hertz]
    source = f"aevalsrc={expression or '|'.join(each)}:d=2:s=16000"
    return make(output, "-f", "lavfi", "-i", source)


def rows(audio: DecodedAudio) -> NDArray[np.float32]:
    """Shape (channels, n)."""
    pcm = np.fromfile(audio.path, "<i2").astype(np.float32) / 32_768
    return pcm.reshape(-1, audio.sound.channels).T


def pitch(audio: DecodedAudio, row: int = 0) -> float:
    return Heard(16_000, "mono", rows(audio)[row]).pitch()


@pytest.mark.parametrize("extension", ["mkv", "mp4", "mov"])
@pytest.mark.parametrize(
    ("hertz", "default", "heard"),
    [
        pytest.param((LOW, HIGH), 0, LOW, id="the first is flagged"),
        pytest.param((LOW, HIGH), 1, HIGH, id="the second is flagged"),
        pytest.param((0, HIGH), 0, HIGH, id="the flagged is silent"),
        pytest.param((LOW, 0), 1, LOW, id="the flagged is silent and second"),
        pytest.param((0, 0, HIGH), 1, HIGH, id="two are silent"),
    ],
)
def test_the_flagged_track_or_else_one_that_is_not_silent(
    extension: str,
    hertz: tuple[int, ...],
    default: int,
    heard: int,
    tmp_path: Path,
    decoded: Decoded,
):
    film = tones(tmp_path / f"film.{extension}", *hertz, default=default)

    assert pitch(decoded(film)) == pytest.approx(heard, abs=2)


def test_without_a_flag_the_first(tmp_path: Path, decoded: Decoded):
    assert pitch(decoded(tones(tmp_path / "two.mkv", LOW, HIGH))) == pytest.approx(LOW, abs=2)


def test_where_all_tracks_are_silent_the_recording_is(tmp_path: Path, decoded: Decoded):
    audio = decoded(tones(tmp_path / "silent.mkv", 0, 0, default=1))

    assert audio.paid_seconds == pytest.approx(2.0, abs=0.1)
    assert not rows(audio).any()


def test_a_track_that_cannot_be_decoded_gives_way(tmp_path: Path, decoded: Decoded):
    film = tones(tmp_path / "film.mkv", LOW, HIGH, default=0, codec="pcm_s16le")
    content = film.read_bytes()
    first = content.index(b"A_PCM/INT/LIT")
    unknown = content[:first] + b"A_QUICKTIME/X" + content[first + 13 :]
    film.write_bytes(unknown)

    assert pitch(decoded(film)) == pytest.approx(HIGH, abs=2)


@pytest.mark.parametrize(("track", "heard"), [(1, LOW), (2, MIDDLE), (3, HIGH)])
def test_the_track_that_is_asked_for(track: int, heard: int, tmp_path: Path):
    film = tones(tmp_path / "film.mkv", LOW, MIDDLE, HIGH, default=1)

    audio = decode(film, tmp_path / "out.pcm", wanted=Wanted(track=track))

    assert pitch(audio) == pytest.approx(heard, abs=2)


def test_a_track_that_is_asked_for_is_it_even_if_it_is_silent(tmp_path: Path):
    film = tones(tmp_path / "film.mkv", LOW, 0)

    assert not rows(decode(film, tmp_path / "out.pcm", wanted=Wanted(track=2))).any()


def test_a_track_that_is_not_there(tmp_path: Path):
    film = tones(tmp_path / "film.mkv", LOW, HIGH)

    with pytest.raises(DecodeError, match="no audio track of this number") as error:
        decode(film, tmp_path / "out.pcm", wanted=Wanted(track=3))

    assert error.value.reason is DecodeReason.NO_SUCH_TRACK


# --- channels, each by itself -------------------------------------------------------------------
def split(source: Path, output: Path, **limits: float) -> DecodedAudio:
    return decode(source, output, wanted=Wanted(split=True), limits=DecodeLimits(**limits))  # type: ignore[arg-type]


def test_each_channel_of_a_call(tmp_path: Path, output: Path):
    audio = split(channels(tmp_path / "call.wav", LOW, HIGH), output)

    assert (audio.sound.channels, audio.sound.heard, audio.seconds) == (2, (0, 1), 2.0)
    assert [pitch(audio, row) for row in (0, 1)] == pytest.approx([LOW, HIGH], abs=2)
    assert audio.paid_seconds == 4.0, "both are listened to"


@pytest.mark.parametrize(
    ("sound", "heard"),
    [
        pytest.param({"hertz": (0, HIGH)}, (1,), id="one is silent"),
        pytest.param({"hertz": (LOW, LOW)}, (0,), id="both are the same"),
        pytest.param({"hertz": (), "expression": OPPOSITE}, (0,), id="but upside down"),
        pytest.param({"hertz": (0, 0)}, (0,), id="nobody speaks"),
        pytest.param({"hertz": (LOW,)}, (0,), id="there is one"),
        pytest.param({"hertz": (LOW, 0, HIGH, 0)}, (0, 2), id="four"),
    ],
)
def test_a_channel_that_adds_nothing_is_not_listened_to(
    sound: dict[str, object], heard: tuple[int, ...], tmp_path: Path, output: Path
):
    hertz: tuple[int, ...] = sound.pop("hertz")  # type: ignore[assignment]
    source = channels(tmp_path / "call.wav", *hertz, **sound)  # type: ignore[arg-type]

    audio = split(source, output)

    assert audio.sound.heard == heard
    assert audio.paid_seconds == 2.0 * len(heard)


def test_all_channels_together_may_be_as_long_as_a_recording(tmp_path: Path, output: Path):
    call = channels(tmp_path / "call.wav", LOW, HIGH)

    assert split(call, output, max_seconds=4.0).seconds == 2.0
    with pytest.raises(DecodeError) as error:
        split(call, output, max_seconds=3.9)

    assert error.value.reason is DecodeReason.TOO_LONG


def test_channels_that_come_late_are_late_in_each(tmp_path: Path, output: Path):
    call = channels(tmp_path / "call.wav", LOW, HIGH)
    picture = ("-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=4")
    late = ("-itsoffset", "1.5", "-i", str(call))
    film = make(tmp_path / "call.mkv", *picture, *late, "-c:a", "flac")

    audio = split(film, output)

    assert not rows(audio)[:, : round(1.4 * 16_000)].any()
    assert rows(audio)[:, round(1.6 * 16_000) :].any(axis=1).all()
    assert (audio.seconds, audio.paid_seconds) == pytest.approx((3.5, 4.0), abs=0.05)
