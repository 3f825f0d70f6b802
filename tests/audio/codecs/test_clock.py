"""Sound by the clock of its container: delays and pauses are there, tricks of the clock are not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from audio.codecs.clock import by_clock
from audio.codecs.decode import DecodedAudio
from audio.codecs.verdict import MAX_GAPS, PCM_RATE
from tests.audio.codecs.ffmpeg import TONE, make, sine

Decoded = Callable[..., DecodedAudio]
PICTURE = ("-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=9")
HOUR = 3600.0


def heard_at(audio: DecodedAudio) -> list[tuple[float, float]]:
    """Where it is loud, in seconds; what is shorter than 50 ms apart is one."""
    pcm = np.abs(np.fromfile(audio.path, "<i2").astype(np.int32))
    loud = np.flatnonzero(pcm > 1_000) / PCM_RATE
    cuts = np.flatnonzero(np.diff(loud) > 0.05)
    starts, ends = np.r_[loud[:1], loud[cuts + 1]], np.r_[loud[cuts], loud[-1:]]
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def jumping(path: Path, shifts: Callable[[float], float | None], *, seconds: float = 4.0) -> Path:
    """A tone in Opus, 20 ms a packet, whose clock shows `shifts(true time)`, or nothing."""
    rate = 48_000
    with av.open(str(path), "w", format=path.suffix[1:].replace("mkv", "matroska")) as container:
        stream = container.add_stream("libopus", rate=rate, layout="mono")
        wave = np.sin(np.arange(round(seconds * rate)) / rate * 2 * np.pi * 440) * 8_000
        packets = []
        for start in range(0, len(wave), 960):
            block = wave[start : start + 960].astype("<i2")[np.newaxis]
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
            frame.sample_rate, frame.pts = rate, start
            packets += stream.encode(frame)
        packets += stream.encode(None)
        base = Fraction(1, 1000)
        for number, packet in enumerate(packets):
            at = shifts(number * 0.02)
            packet.time_base, packet.stream = base, stream
            packet.duration = 20
            packet.pts = packet.dts = None if at is None else round(at * 1000)
            container.mux(packet)
    return path


@pytest.mark.parametrize("extension", ["mkv", "mp4", "mov", "ts", "flv", "asf"])
def test_sound_that_begins_late_is_heard_late(extension: str, tmp_path: Path, decoded: Decoded):
    late = ("-itsoffset", "4.9", *TONE)
    codecs = ("-c:v", "flv1" if extension == "flv" else "mpeg4", "-c:a", "aac")
    film = make(tmp_path / f"late.{extension}", *PICTURE, *late, *codecs)

    audio = decoded(film)

    [(start, end)] = heard_at(audio)
    assert start == pytest.approx(4.9, abs=0.1)
    assert end == pytest.approx(6.9, abs=0.1)
    assert audio.seconds == pytest.approx(6.9, abs=0.1)
    assert audio.paid_seconds == pytest.approx(2.0, abs=0.1), "what the file has is paid for"


@pytest.mark.parametrize("extension", ["mkv", "m4a"])
def test_a_file_of_sound_alone_that_begins_late(extension: str, tmp_path: Path, decoded: Decoded):
    late = make(tmp_path / f"late.{extension}", "-itsoffset", "3", *TONE, "-c:a", "aac")

    assert heard_at(decoded(late))[0][0] == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize("extension", ["webm", "mkv", "ogg"])
def test_a_jump_of_the_clock_is_a_pause(extension: str, tmp_path: Path, decoded: Decoded):
    source = jumping(tmp_path / f"jump.{extension}", lambda at: at + 15 if at >= 2 else at)

    audio = decoded(source)

    first, second = heard_at(audio)
    assert first == pytest.approx((0.0, 2.0), abs=0.05)
    assert second == pytest.approx((17.0, 19.0), abs=0.05)
    assert audio.seconds == pytest.approx(19.0, abs=0.05)
    assert audio.paid_seconds == pytest.approx(4.0, abs=0.05)
    [(at, length)] = audio.sound.gaps
    assert (at / PCM_RATE, length / PCM_RATE) == pytest.approx((2.0, 15.0), abs=0.05)


def test_a_phone_that_sends_nothing_in_pauses(tmp_path: Path, decoded: Decoded):
    """Discontinuous transmission: 200 ms, then nothing for as long, again and again."""
    source = jumping(
        tmp_path / "dtx.webm", lambda at: at + 0.2 * (at // 0.2), seconds=0.2 * (MAX_GAPS + 20)
    )

    audio = decoded(source)

    assert len(heard_at(audio)) == MAX_GAPS + 20
    assert audio.seconds == pytest.approx(0.4 * (MAX_GAPS + 20) - 0.2, abs=0.1)
    assert audio.paid_seconds == pytest.approx(0.2 * (MAX_GAPS + 20), abs=0.1)
    assert len(audio.sound.gaps) == MAX_GAPS


@pytest.mark.parametrize(
    "shifts",
    [
        pytest.param(lambda at: at + 0.015 * (round(at * 50) % 2), id="it jitters"),
        pytest.param(lambda at: at * 1.01, id="it is a little fast"),
        pytest.param(lambda at: at + 3e8 if at >= 2 else at, id="it jumps by years"),
        pytest.param(lambda at: at + 3e8, id="it begins after years"),
    ],
)
def test_what_is_no_pause_moves_nothing(
    shifts: Callable[[float], float], tmp_path: Path, decoded: Decoded
):
    source = jumping(tmp_path / "odd.webm", shifts)

    before = time.perf_counter()
    audio = decoded(source, memory_bytes=600 * 2**20)

    assert audio.seconds == audio.paid_seconds == pytest.approx(4.0, abs=0.05)
    assert len(heard_at(audio)) == 1
    assert time.perf_counter() - before < 20


def test_silence_takes_no_room_on_the_disk(tmp_path: Path, decoded: Decoded):
    source = jumping(tmp_path / "pause.webm", lambda at: at + HOUR if at >= 2 else at)

    audio = decoded(source)

    assert audio.seconds == pytest.approx(HOUR + 4, abs=0.1)
    assert audio.path.stat().st_blocks * 512 < 2**20
    assert heard_at(audio)[1][0] == pytest.approx(HOUR + 2, abs=0.05)


@pytest.mark.parametrize("options", [(), ("-write_xing", "0")])
def test_a_format_without_a_clock_is_as_long_as_its_sound(
    options: tuple[str, ...], tmp_path: Path, decoded: Decoded
):
    assert decoded(sine(tmp_path / "a.mp3", *options)).sound.silent == 0


def test_a_stream_that_was_recorded_from_the_middle_begins_at_once(
    tmp_path: Path, decoded: Decoded
):
    """The clock of a transport stream, or of an Ogg one, is that of its sender."""
    for name in ("live.ts", "live.ogg"):
        live = make(tmp_path / name, *TONE, "-output_ts_offset", "5000")
        assert decoded(live).sound.silent == 0


# --- the clock alone ----------------------------------------------------------------------------
@dataclass
class Frame:
    """pts: of a clock of milliseconds. A tenth of a second of sound."""

    pts: int | None
    samples: int = 1_600
    sample_rate: int = 16_000


def silences(clock: Iterable[int | None], *, zero: float | None = 0.0) -> list[float]:
    frames = iter([Frame(pts) for pts in clock])
    timed = by_clock(
        frames,  # type: ignore[arg-type]
        zero=zero,
        time_base=Fraction(1, 1000),
        max_seconds=100.0,
    )
    return [round(each.silence, 3) for each in timed]


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ([0, 100, 200], [0, 0, 0]),
        ([4900, 5000, 5100], [4.9, 0, 0]),
        ([0, 1100, 1200], [0, 1.0, 0]),
        ([0, 90, 180, 1000, 1100], [0, 0, 0, 0.7, 0]),
        ([-50, 50, 150], [0, 0, 0]),
        ([None, None, None], [0, 0, 0]),
        ([0, None, 1200, 1300], [0, 0, 1.0, 0]),
        ([0, 9000, 200, 300], [0, 0, 0, 0]),
        ([0, 9000], [0, 0]),
        ([0, 100, 10**9, 10**9 + 100], [0, 0, 0, 0]),
        ([0, 100, 10**9, 10**9 + 1100, 10**9 + 1200], [0, 0, 0, 1.0, 0]),
        ([5000, 5100, 0, 100, 1200, 1300], [5.0, 0, 0, 0, 1.0, 0]),
        ([0, 60_000, 60_100, 120_000, 120_100], [0, 59.9, 0, 0, 0]),
    ],
    ids=str,
)
def test_the_silence_before_each_frame(clock: list[int | None], expected: list[float]):
    assert silences(clock) == expected


def test_a_clock_that_begins_elsewhere_or_is_none():
    assert silences([7000, 7100, 8200, 8300], zero=7.0) == [0, 0, 1.0, 0]
    assert silences([7000, 7100, 8200, 8300], zero=None) == [0, 0, 0, 0]
