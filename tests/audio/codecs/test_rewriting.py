"""Samples that are taken out of a recording, and put back into one of its kind."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO

import av
import numpy as np
import pytest

from audio.codecs.rewriting import dubbed, sampled
from audio.codecs.verdict import DecodeError, DecodeLimits, DecodeReason, Sampled
from audio.codecs.wrapping import Wrapping, wrapping_for
from tests.audio.codecs import ffmpeg

LIMITS = DecodeLimits(cpu_seconds=300, wall_seconds=300, output_bytes=10**8)
TONE = ("-f", "lavfi", "-i", "sine=440:duration=2.0123:sample_rate=44100")
PICTURES = ("-f", "lavfi", "-i", "testsrc=duration=2:size=64x64:rate=25")
H264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", "2")
SAMPLES = 88_742
"""Of 2.0123 s at 44,100 Hz."""


def rewritten(source: Path, *, factor: float = 1.0) -> tuple[Sampled, Path]:
    """The recording with its samples taken out, made louder, and put back."""
    made = source.with_name(f"made-{source.name}")
    with tempfile.TemporaryFile() as samples, made.open("w+b") as output:
        told = sampled(source, samples, rate=48_000, limits=LIMITS, alive=lambda _seconds: None)
        values = read(samples, told) * np.float32(factor)
        samples.seek(0)
        samples.write(values.tobytes())
        samples.flush()
        dubbed(source, samples, output, told=told, limits=LIMITS, alive=lambda _seconds: None)
    return told, made


def read(samples: IO[bytes], told: Sampled) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    samples.seek(0)
    values = np.frombuffer(samples.read(), np.float32).reshape(-1, told.channels)
    assert len(values) == told.samples
    return values


def moments(path: Path) -> list[float]:
    """When each picture of a film is shown, in seconds."""
    with av.open(str(path)) as film:
        return [round(float(frame.time or 0), 3) for frame in film.decode(video=0)]


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as film:
        return [bytes(packet) for packet in film.demux(video=0) if packet.size]


# --- sound ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "arguments", "wrapping"),
    [
        ("a.wav", (), Wrapping.WAV),
        ("a.mp3", (), Wrapping.MP3),
        ("a.flac", (), Wrapping.FLAC),
        ("a.m4a", (), Wrapping.M4A),
        ("a.ogg", ("-c:a", "libvorbis"), Wrapping.OGG),
        ("a.wma", (), Wrapping.WAV),
    ],
)
def test_a_recording_comes_back_as_it_was(
    tmp_path: Path, name: str, arguments: tuple[str, ...], wrapping: Wrapping
) -> None:
    source = ffmpeg.make(tmp_path / name, *TONE, *arguments)
    told, made = rewritten(source, factor=0.5)
    assert (told.wrapping, told.is_video, told.channels) == (wrapping, False, 1)
    was, heard = (ffmpeg.listen(path.read_bytes()) for path in (source, made))
    assert heard.pitch() == pytest.approx(440, abs=1)
    assert heard.seconds == pytest.approx(was.seconds, abs=0.03)
    middle = slice(20_000, 40_000)
    louder = np.abs(was.samples[middle]).max() / np.abs(heard.samples[middle]).max()
    assert louder == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_no_sample_is_lost_or_added(tmp_path: Path, rate: int) -> None:
    source = ffmpeg.make(tmp_path / "a.wav", *TONE, "-ar", str(rate), "-ac", "2")
    told, made = rewritten(source)
    with av.open(str(source)) as was, av.open(str(made)) as now:
        counts = [sum(f.samples for f in each.decode(audio=0)) for each in (was, now)]
        shapes = [
            (s.rate, s.channels, s.codec_context.name)
            for s in (was.streams.audio[0], now.streams.audio[0])
        ]
    assert counts[0] == counts[1] == told.source_samples
    assert shapes[0] == shapes[1]


def test_more_than_48_khz_and_two_channels_are_not_kept(tmp_path: Path) -> None:
    wide = ffmpeg.make(tmp_path / "a.flac", *TONE, "-ar", "96000", "-ac", "6")
    told, made = rewritten(wide)
    assert (told.source_rate, told.source_channels, told.channels) == (96_000, 6, 2)
    with av.open(str(made)) as now:
        assert (now.streams.audio[0].rate, now.streams.audio[0].channels) == (48_000, 2)
    assert told.paid_ms == 2_013


def test_the_places_of_stereo_stay(tmp_path: Path) -> None:
    left = ffmpeg.make(tmp_path / "a.wav", *TONE, "-af", "pan=stereo|c0=c0|c1=0*c0")
    with tempfile.TemporaryFile() as samples:
        told = sampled(left, samples, rate=48_000, limits=LIMITS, alive=lambda _seconds: None)
        values = read(samples, told)
    assert np.abs(values[:, 0]).max() > 0.1
    assert not values[:, 1].any()


def test_title_and_cover_stay(tmp_path: Path) -> None:
    cover = ffmpeg.make(tmp_path / "c.png", *PICTURES, "-frames:v", "1")
    source = ffmpeg.make(
        tmp_path / "a.mp3",
        *(*TONE, "-i", str(cover), "-map", "0", "-map", "1", "-c:v", "copy"),
        *("-metadata", "title=Grüße", "-disposition:v", "attached_pic"),
    )
    told, made = rewritten(source)
    assert not told.is_video
    with av.open(str(made)) as now:
        assert now.metadata["title"] == "Grüße"
        assert len(now.streams.video) == 1


# --- films ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("film.mp4", H264),
        ("film.mov", H264),
        ("film.mkv", (*H264, "-c:a", "aac")),
        ("film.webm", ("-c:v", "libvpx", "-c:a", "libopus")),
    ],
)
def test_a_film_keeps_its_pictures(tmp_path: Path, name: str, arguments: tuple[str, ...]) -> None:
    film = ffmpeg.make(tmp_path / name, *PICTURES, *TONE, *arguments)
    told, made = rewritten(film, factor=0.5)
    assert (told.is_video, told.wrapping) == (True, name.rpartition(".")[2])
    assert packets(made) == packets(film)
    assert moments(made) == moments(film)
    assert ffmpeg.listen(made.read_bytes()).pitch() == pytest.approx(440, abs=1)


def test_sound_that_begins_late_stays_beside_its_pictures(tmp_path: Path) -> None:
    film = ffmpeg.make(tmp_path / "a.mp4", *PICTURES, "-itsoffset", "1.0", *TONE, *H264)
    told, made = rewritten(film)
    assert told.seconds == pytest.approx(3.01, abs=0.05)
    assert told.paid_ms == pytest.approx(2_012, abs=50), "a gap is not paid for"
    heard = ffmpeg.listen(made.read_bytes()).samples
    loud = np.flatnonzero(np.abs(heard) > 0.05)
    assert loud[0] / 44_100 == pytest.approx(1.0, abs=0.05)
    assert moments(made) == moments(film)


@pytest.mark.parametrize("name", ["a.avi", "a.ts"])
def test_of_a_film_that_is_not_written_here_the_sound_comes_back(tmp_path: Path, name: str) -> None:
    film = ffmpeg.make(tmp_path / name, *PICTURES, *TONE, "-c:v", "mpeg4", "-c:a", "mp2")
    told, made = rewritten(film)
    assert (told.is_video, told.wrapping) == (True, Wrapping.WAV)
    assert ffmpeg.listen(made.read_bytes()).pitch() == pytest.approx(440, abs=1)


def test_what_a_kind_of_file_becomes() -> None:
    def of(demuxer: str, codec: str = "aac", *pictures: str, brand: str = "isom") -> str:
        return wrapping_for(demuxer, codec, pictures=pictures, brand=brand)

    assert of("mov") == "m4a"
    assert (of("mov", "aac", "h264"), of("mov", "aac", "h264", brand="qt  ")) == ("mp4", "mov")
    assert (of("matroska", "opus", "vp9"), of("matroska", "aac", "vp9")) == ("webm", "mkv")
    assert (of("matroska", "opus"), of("matroska", "flac")) == ("ogg", "flac")
    assert (of("ogg", "vorbis"), of("ogg", "flac")) == ("ogg", "flac")
    assert {of(demuxer) for demuxer in ("wav", "aiff", "amr", "avi", "mpegts")} == {"wav"}


# --- refusals -------------------------------------------------------------------------------------
@pytest.fixture
def refused(tmp_path: Path) -> dict[DecodeReason, Path]:
    letter = tmp_path / "letter.mp3"
    letter.write_bytes(b"This is a letter. " * 99)
    return {
        DecodeReason.UNSUPPORTED: letter,
        DecodeReason.SILENT: ffmpeg.make(
            tmp_path / "silent.wav", "-f", "lavfi", "-i", "anullsrc=duration=1"
        ),
        DecodeReason.NO_AUDIO_STREAM: ffmpeg.make(tmp_path / "mute.mp4", *PICTURES),
        DecodeReason.TOO_LONG: ffmpeg.sine(tmp_path / "long.wav", seconds=9.0),
    }


def test_what_is_refused(refused: dict[DecodeReason, Path]) -> None:
    limits = DecodeLimits(max_seconds=5, output_bytes=10**8)
    for reason, source in refused.items():
        with tempfile.TemporaryFile() as samples, pytest.raises(DecodeError) as error:
            sampled(source, samples, rate=48_000, limits=limits, alive=lambda _seconds: None)
        assert error.value.reason is reason


def test_a_result_that_is_too_large_is_refused(tmp_path: Path) -> None:
    source = ffmpeg.make(tmp_path / "a.wav", *TONE)
    small = DecodeLimits(output_bytes=1_000)
    with tempfile.TemporaryFile() as samples, tempfile.TemporaryFile() as output:
        told = sampled(source, samples, rate=48_000, limits=LIMITS, alive=lambda _seconds: None)
        with pytest.raises(DecodeError) as error:
            dubbed(source, samples, output, told=told, limits=small, alive=lambda _seconds: None)
    assert error.value.reason is DecodeReason.TOO_LARGE
