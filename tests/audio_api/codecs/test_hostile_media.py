"""Files made to hurt. Each is refused in bounded time and memory, and none reaches out."""

from __future__ import annotations

import random
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import av
import pytest

from audio_api.codecs.decode import DecodedAudio, DecodeError, DecodeReason
from tests.audio_api.codecs.ffmpeg import TONE, long_wav, make, sine

Decoded = Callable[..., DecodedAudio]
Refusal = Callable[..., DecodeReason]


class Bait(HTTPServer):
    """A local server that nobody should ever ask."""

    requests: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/secret.ts"


@pytest.fixture
def bait() -> Iterator[Bait]:
    class Notes(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.requests.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = Bait(("127.0.0.1", 0), Notes)
    server.requests = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


PLAYLISTS = {
    "song.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n",
    "song.mp3": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n",
    "list.ffconcat": "ffconcat version 1.0\nfile '{url}'\n",
    "session.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
    "manifest.mpd": '<?xml version="1.0"?><MPD><BaseURL>{url}</BaseURL></MPD>',
    "list.pls": "[playlist]\nFile1={url}\nNumberOfEntries=1\n",
}


@pytest.mark.parametrize("name", PLAYLISTS)
@pytest.mark.parametrize("prefix", [b"", b"ID3\x04\x00\x00\x00\x00\x00\x00"])
def test_a_playlist_fetches_nothing(
    name: str, prefix: bytes, tmp_path: Path, bait: Bait, refused: Refusal
):
    source = tmp_path / name
    source.write_bytes(prefix + PLAYLISTS[name].format(url=bait.url).encode())

    assert refused(source) in {DecodeReason.UNSUPPORTED, DecodeReason.CORRUPT}
    assert bait.requests == []


def test_the_bait_is_one_that_ffmpeg_takes_when_it_is_let(tmp_path: Path, bait: Bait):
    source = tmp_path / "song.m3u8"
    source.write_text(PLAYLISTS["song.m3u8"].format(url=bait.url))

    with source.open("rb") as named, pytest.raises(av.error.FFmpegError):
        av.open(named)

    assert bait.requests == ["/secret.ts"]


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
        b"RIFF\x24\x00\x00\x00AVI LIST",
    ],
)
def test_what_is_not_audio_is_unsupported(content: bytes, tmp_path: Path, refused: Refusal):
    source = tmp_path / "song.mp3"
    source.write_bytes(content)

    assert refused(source) is DecodeReason.UNSUPPORTED


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


@pytest.mark.parametrize("extension", ["mp3", "m4a", "ogg", "wav", "flac", "webm", "wma", "caf"])
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


def test_a_bomb_of_opus_is_cut_at_the_limit(tmp_path: Path, refused: Refusal):
    bomb = silent_opus(tmp_path / "bomb.opus", seconds=3_000)

    before = time.perf_counter()
    assert refused(bomb, max_seconds=300) is DecodeReason.TOO_LONG
    assert time.perf_counter() - before < 5


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
        *(DecodeReason.TOO_LONG, DecodeReason.NO_AUDIO_STREAM),
    }


def test_the_second_bomb_is_no_different_from_the_first_tone(tmp_path: Path, decoded: Decoded):
    """Nothing that the tests above did stays in the process that forks."""
    assert decoded(make(tmp_path / "tone.mp3", *TONE)).seconds == pytest.approx(2, abs=0.1)
