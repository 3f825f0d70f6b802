"""Files made to hurt. Each is refused in bounded time and memory, and none reaches out."""

from __future__ import annotations

import random
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from audio.codecs.decode import DecodedAudio, DecodeError, DecodeReason
from tests.audio.codecs.ffmpeg import TONE, long_wav, make, sine

Decoded = Callable[..., DecodedAudio]
Refusal = Callable[..., DecodeReason]


@pytest.mark.parametrize(
    "content",
    [
        b"This is no audio at all.\n" * 100,
        "UTF-16, too".encode("utf-16"),
        b"{}",
        b"\xff",
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(100),
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"PK\x03\x04" + bytes(100),
        b"%PDF-1.7\n" + bytes(100),
        b"\x7fELF" + bytes(100),
        b"\x00" * 100,
        b"\x00" * 100_000,
        b"GIF89a" + bytes(100),
        b"BM" + bytes(100),
        b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(100),
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>' + b" " * 100,
        b"<!DOCTYPE html><html>" + bytes(100),
        b"FWS\x04" + bytes(100),
    ],
)
def test_what_is_not_audio_is_unsupported(content: bytes, tmp_path: Path, refused: Refusal):
    source = tmp_path / "song.mp3"
    source.write_bytes(content)

    assert refused(source) is DecodeReason.UNSUPPORTED


@pytest.mark.parametrize("codec", ["png", "mjpeg", "gif", "bmp", "tiff"])
def test_a_picture(codec: str, tmp_path: Path, refused: Refusal):
    one = ("-f", "lavfi", "-i", "testsrc2=size=320x200", "-frames:v", "1", "-c:v", codec)
    picture = make(tmp_path / "picture", *one, "-f", "gif" if codec == "gif" else "image2pipe")

    assert refused(picture) is DecodeReason.UNSUPPORTED


def test_sound_in_an_archive(tmp_path: Path, refused: Refusal):
    song = sine(tmp_path / "song.mp3", "-id3v2_version", "0", "-write_xing", "0")
    with tarfile.open(tmp_path / "songs.tar", "w") as tar:
        tar.add(song, "song.mp3")
    with zipfile.ZipFile(tmp_path / "songs.zip", "w") as stored:
        stored.write(song, "song.mp3")

    assert refused(tmp_path / "songs.tar") is DecodeReason.UNSUPPORTED
    assert refused(tmp_path / "songs.zip") is DecodeReason.UNSUPPORTED


def test_an_empty_file(tmp_path: Path, refused: Refusal):
    source = tmp_path / "song.mp3"
    source.touch()

    assert refused(source) is DecodeReason.EMPTY


def test_a_video_without_sound(tmp_path: Path, refused: Refusal):
    film = make(
        tmp_path / "film.mp4",
        *("-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=1", "-c:v", "mpeg4"),
    )

    assert refused(film) is DecodeReason.NO_AUDIO_STREAM


@pytest.mark.parametrize("extension", ["mp3", "ogg", "wav", "flac", "webm", "wma", "caf"])
def test_a_header_and_nothing_else_is_corrupt(extension: str, tmp_path: Path, refused: Refusal):
    whole = sine(tmp_path / f"tone.{extension}").read_bytes()
    source = tmp_path / "cut"
    for length in (20, 40):
        source.write_bytes(whole[:length])

        assert refused(source) is DecodeReason.CORRUPT


def wav(*, channels: int = 1, rate: int = 16_000, data: bytes = bytes(64_000)) -> bytes:
    block = 2 * channels
    return (
        struct.pack("<4sI4s4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16)
        + struct.pack("<HHIIHH", 1, channels, rate, rate * block & 0xFFFF_FFFF, block, 16)
        + struct.pack("<4sI", b"data", len(data))
        + data
    )


@pytest.mark.parametrize(
    "shape",
    [
        {"channels": 9},
        {"channels": 64},
        {"channels": 32_000},
        {"rate": 1},
        {"rate": 3_999},
        {"rate": 192_001},
        {"rate": 2**31 - 1},
        {"rate": 2**32 - 1},
        {"rate": 0},
        {"channels": 0},
        {"channels": 0, "rate": 0},
        {"channels": 32_000, "rate": 2**32 - 1},
    ],
)
def test_shapes_beyond_reason_are_refused(shape: dict[str, int], tmp_path: Path, refused: Refusal):
    source = tmp_path / "odd.wav"
    source.write_bytes(wav(**shape))

    assert refused(source) in {DecodeReason.UNSUPPORTED, DecodeReason.CORRUPT}


def test_a_tag_of_20_megabytes_is_skipped(tmp_path: Path, decoded: Decoded):
    tone = sine(tmp_path / "tone.mp3", "-id3v2_version", "0").read_bytes()
    size = 20 * 1024 * 1024
    syncsafe = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    source = tmp_path / "tagged.mp3"
    source.write_bytes(b"ID3\x04\x00\x00" + syncsafe + bytes(size) + tone)

    assert decoded(source, wall_seconds=5).seconds == pytest.approx(2, abs=0.1)


def test_a_cover_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path: Path, decoded: Decoded):
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    side = 30_000  # pixels: 3.6 GB once decoded
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0))
    png += chunk(b"IDAT", zlib.compress(bytes(50_000_000), 1)) + chunk(b"IEND", b"")
    picture = b"\x00image/png\x00\x03\x00" + png
    frame = b"APIC" + struct.pack(">I", len(picture)) + b"\x00\x00" + picture
    syncsafe = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    tone = sine(tmp_path / "tone.mp3", "-id3v2_version", "0").read_bytes()
    source = tmp_path / "covered.mp3"
    source.write_bytes(b"ID3\x03\x00\x00" + syncsafe + frame + tone)

    audio = decoded(source, memory_bytes=400 * 1024 * 1024, wall_seconds=5)

    assert audio.seconds == pytest.approx(2, abs=0.1)


def silent_opus(path: Path, *, seconds: int) -> Path:
    """A bomb: 60 ms of silence fit in three bytes, one after the other."""
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, options={"frame_duration": "60"})
        frame = av.AudioFrame(format="s16", layout="stereo", samples=2_880)
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        frame.sample_rate = 48_000
        [first, *_] = [*stream.encode(frame), *stream.encode(None)]
        for number in range(seconds * 1_000 // 60):
            packet = av.Packet(bytes(first))
            packet.stream, packet.time_base = stream, Fraction(1, 48_000)
            packet.pts = packet.dts = number * 2_880
            packet.duration = 2_880
            container.mux(packet)
    return path


def test_a_bomb_of_flac_is_cut_at_the_limit(tmp_path: Path, refused: Refusal):
    silence = ("-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono:n=65535", "-t", "36000")
    bomb = make(tmp_path / "bomb.flac", *silence, "-compression_level", "0")
    assert bomb.stat().st_size < 25 * 1024 * 1024

    before = time.perf_counter()
    assert refused(bomb) is DecodeReason.TOO_LONG
    assert time.perf_counter() - before < 20


def test_a_bomb_of_opus_is_told_by_its_packets_before_it_is_decoded(
    tmp_path: Path, refused: Refusal
):
    bomb = silent_opus(tmp_path / "bomb.opus", seconds=20_000)

    before = time.perf_counter()
    # to decode the 14,400 seconds that are allowed would take more than this
    assert refused(bomb, max_seconds=14_400, cpu_seconds=5) is DecodeReason.TOO_LONG
    assert time.perf_counter() - before < 8


def test_a_bomb_that_does_not_say_so_is_cut_at_the_limit(tmp_path: Path, refused: Refusal):
    bomb = bytearray(silent_opus(tmp_path / "bomb.opus", seconds=600).read_bytes())
    last = bomb.rindex(b"OggS")
    bomb[last + 6 : last + 14] = bytes(8)  # the clock of its last page

    (tmp_path / "quiet.opus").write_bytes(bomb)

    assert refused(tmp_path / "quiet.opus", max_seconds=300) is DecodeReason.TOO_LONG


def test_what_is_within_the_limit_of_seconds_is_stopped_by_time(tmp_path: Path, refused: Refusal):
    endless = long_wav(tmp_path / "endless.wav", seconds=20_000)

    before = time.perf_counter()
    assert refused(endless, max_seconds=1e5, cpu_seconds=1) is DecodeReason.EXHAUSTED
    assert refused(endless, max_seconds=1e5, wall_seconds=0.2) is DecodeReason.EXHAUSTED
    assert time.perf_counter() - before < 5


def test_want_of_memory_is_a_refusal(tmp_path: Path, refused: Refusal):
    source = sine(tmp_path / "tone.flac")

    # FFmpeg does not always say that it was memory
    assert refused(source, memory_bytes=1024 * 1024) in {
        DecodeReason.EXHAUSTED,
        DecodeReason.CORRUPT,
    }


@pytest.mark.parametrize("extension", ["mp3", "m4a", "ogg", "opus", "flac", "webm", "aac", "wma"])
def test_flipped_bits_give_audio_or_a_refusal(extension: str, tmp_path: Path, decoded: Decoded):
    whole = sine(tmp_path / f"tone.{extension}").read_bytes()
    source = tmp_path / "flipped"
    dice = random.Random(extension)
    outcomes = set()
    for _ in range(12):
        damaged = bytearray(whole)
        for _ in range(dice.choice([1, 20, 300])):
            damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
        source.write_bytes(damaged)
        before = time.perf_counter()
        try:
            outcomes.add(decoded(source, max_seconds=60).seconds > 0)
        except DecodeError as error:
            outcomes.add(error.reason)
        assert time.perf_counter() - before < 2

    assert outcomes <= {
        *(True, DecodeReason.CORRUPT, DecodeReason.UNSUPPORTED, DecodeReason.TOO_SHORT),
        *(DecodeReason.TOO_LONG, DecodeReason.NO_AUDIO_STREAM, DecodeReason.INCOMPLETE),
    }


def test_the_second_bomb_is_no_different_from_the_first_tone(tmp_path: Path, decoded: Decoded):
    """Nothing that the tests above did stays in the process that forks."""
    assert decoded(make(tmp_path / "tone.mp3", *TONE)).seconds == pytest.approx(2, abs=0.1)
