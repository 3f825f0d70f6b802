"""Uploads as strangers send them, over real HTTP: their names, declared types and bytes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.audio.codecs.ffmpeg import make
from tests.harness.account import Account
from tests.harness.server import Server
from tests.media import formats, fuzz, sounds
from tests.media.bait import Bait, bait_laid
from tests.media.pointers import PLAYLISTS, movie_with_its_data_elsewhere, reference_movie
from tests.sdk.conftest import error_of

MIB = 1024 * 1024
PATIENCE_SECONDS = 20.0
TONE = sounds.wav(sounds.hum(1.0))

pytestmark = [pytest.mark.usefixtures("nothing_is_left"), pytest.mark.thorough]


def upload(
    client: httpx.Client, content: bytes, *, path: str = "transcriptions", name: str = "upload"
) -> httpx.Response:
    return client.post(
        f"/audio/{path}",
        data={"model": "whisper-1", "language": "en"},
        files={"file": (name, content)},
    )


def posted(client: httpx.Client, disposition: bytes, content_type: bytes = b"") -> httpx.Response:
    """A form written by hand, so that no client tidies up the name of the file."""
    head = b'--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n'
    head += b'--x\r\nContent-Disposition: form-data; name="language"\r\n\r\nen\r\n'
    head += b"--x\r\nContent-Disposition: " + disposition + content_type + b"\r\n\r\n"
    return client.post(
        "/audio/transcriptions",
        content=head + TONE + b"\r\n--x--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )


@pytest.mark.parametrize(
    "name",
    [
        "upload",
        "unknown_file",
        "a",
        ".wav",
        "speech.mp3",
        "speech.txt",
        "speech.m3u8",
        "../../../../tmp/speech.wav",
        "/etc/passwd",
        "C:\\temp\\speech.wav",
        "näme %22q%22 語 🎵.wav",
        "a" * 300 + ".wav",
        "<script>alert(1)</script>.wav",
        "speech.wav\0.mp3",
        "%00%0a%0d.wav",
        "a;b=c.wav",
        "{{7*7}}.wav",
        "-rf.wav",
        " ",
    ],
)
def test_the_name_of_a_file_does_not_matter(client: httpx.Client, name: str):
    quoted = name.replace("\\", "\\\\").encode()
    answer = posted(client, b'form-data; name="file"; filename="' + quoted + b'"')

    assert answer.status_code == 200, answer.text
    assert answer.json()["text"] == ""


@pytest.mark.parametrize(
    "disposition",
    [
        b"form-data; name=file; filename=speech.wav",
        b"form-data; name=\"file\"; filename*=UTF-8''sp%C3%A9ech.wav",
        b'form-data; filename="speech.wav"; name="file"',
        b'form-data; name="file"; filename="a\\"b.wav"',
    ],
)
def test_other_ways_to_write_a_name(client: httpx.Client, disposition: bytes):
    assert posted(client, disposition).status_code == 200


@pytest.mark.parametrize(
    "disposition",
    [
        b'form-data; name="file"; filename=""',
        b'form-data; name="file"; filename=".."',
        b'form-data; name="file"; filename="\xff\xfe\x80.wav"',  # no UTF-8
        b'form-data; name="file"; filename="a\r\nX-Evil: b.wav"',
        b'form-data; name="file"; filename="a\nb.wav"',
        b'form-data; name="file"; filename="' + b"a" * 70_000 + b'"',
        b'form-data; name="fi\0le"; filename="a.wav"',
        b'form-data; filename="a.wav"',
        b"form-data",
        b"",
    ],
)
def test_a_form_without_a_file_as_far_as_one_can_tell(client: httpx.Client, disposition: bytes):
    answer = posted(client, disposition)

    if answer.status_code != 200:  # whatever a parser makes of a broken header
        assert error_of(answer, 400)["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    "declared",
    [
        b"",
        b"application/octet-stream",
        b"audio/mpeg",
        b"video/mp4",
        b"text/plain; charset=utf-7",
        b"application/json",
        b"nonsense",
        b"multipart/mixed; boundary=y",
        b"audio/wav; charset=no-such-charset",
    ],
)
def test_the_declared_type_does_not_matter(client: httpx.Client, declared: bytes):
    content_type = b"\r\nContent-Type: " + declared if declared else b""
    answer = posted(client, b'form-data; name="file"; filename="speech"', content_type)

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "name", ["mp3", "m4a", "ogg vorbis", "opus", "webm opus", "flac", "aac", "amr", "caf", "wma"]
)
def test_a_format_of_any_kind(client: httpx.Client, tmp_path: Path, name: str):
    content = formats.tone(name, tmp_path / "tone", seconds=1.0).read_bytes()

    answer = upload(client, content)

    assert answer.status_code == 200, answer.text


def test_the_sound_of_a_film(client: httpx.Client, tmp_path: Path):
    answer = upload(client, formats.film("mp4", tmp_path / "film").read_bytes())

    assert answer.status_code == 200, answer.text


# --- what is refused --------------------------------------------------------------------------
def wrong_files(folder: Path) -> dict[str, tuple[bytes, str]]:
    """What it is -> its bytes, and how the answer begins."""
    undecodable = "The audio file could not be decoded or its format is not supported."
    unknown = "Invalid file format. Supported formats: ["
    short = "Audio file is too short. Minimum audio length is 0.1 seconds."
    mp3 = formats.tone("mpga", folder / "whole.mp3").read_bytes()
    png = ("-f", "lavfi", "-i", "testsrc2=size=320x200", "-frames:v", "1", "-f", "image2pipe")
    no_sound = ("-f", "lavfi", "-i", "testsrc=size=64x48:d=1", "-c:v", "mpeg4", "-f", "mp4")
    return {
        "nothing": (b"", ""),  # the parser of forms has its own words
        "one byte": (b"\xff", unknown),
        "text": (b"Not a word of this is sound.\n" * 200, unknown),
        "a picture": (make(folder / "a.png", *png, "-c:v", "png").read_bytes(), unknown),
        "an archive": (b"PK\x03\x04" + mp3, unknown),
        "a film without sound": (make(folder / "f.mp4", *no_sound).read_bytes(), undecodable),
        "the beginning of an mp3": (mp3[:300], short),
        "the beginning of a wav": (TONE[:44], undecodable),
        "0.05 seconds": (sounds.wav(sounds.hum(0.05)), short),
        "64 channels": (TONE[:22] + b"\x40\0" + TONE[24:], unknown),
        "no channels": (TONE[:22] + b"\0\0" + TONE[24:], undecodable),
        "1 Hz": (TONE[:24] + b"\1\0\0\0" + TONE[28:], unknown),
        "4 GHz": (TONE[:24] + b"\xff\xff\xff\xff" + TONE[28:], undecodable),
    }


@pytest.mark.usefixtures("nothing_is_charged")
def test_files_that_are_no_sound(client: httpx.Client, tmp_path: Path):
    for what, (content, beginning) in wrong_files(tmp_path).items():
        for path in ("transcriptions", "translations"):
            before = time.perf_counter()
            error = error_of(upload(client, content, path=path, name="song.mp3"), 400)

            assert time.perf_counter() - before < PATIENCE_SECONDS, what
            assert (error["type"], error["param"]) == ("invalid_request_error", "file"), what
            assert error["message"].startswith(beginning), (what, error["message"])


@pytest.fixture
def bait() -> Iterator[Bait]:
    with bait_laid() as bait:
        yield bait


@pytest.mark.usefixtures("nothing_is_charged")
def test_nothing_is_fetched_for_a_file_that_points_elsewhere(
    client: httpx.Client, bait: Bait, tmp_path: Path
):
    for name, playlist in PLAYLISTS.items():
        error_of(upload(client, playlist.format(url=bait.url).encode(), name=name), 400)
    error_of(upload(client, reference_movie(bait.url), name="song.mov"), 400)
    assert bait.connections == 0


def test_a_movie_that_points_elsewhere_is_heard_as_far_as_it_has_sound_itself(
    client: httpx.Client, bait: Bait, tmp_path: Path
):
    m4a = formats.tone("m4a", tmp_path / "tone").read_bytes()

    answer = upload(client, movie_with_its_data_elsewhere(m4a, bait.url))

    assert answer.status_code == 200
    assert bait.connections == 0


@pytest.mark.usefixtures("nothing_is_charged")
def test_an_upload_over_the_limit_leaves_nothing(client: httpx.Client):
    assert "26214400" in error_of(upload(client, TONE + bytes(26 * MIB)), 413)["message"]


@pytest.mark.usefixtures("nothing_is_charged")
def test_hours_of_silence_beyond_the_limit_are_refused(client: httpx.Client, tmp_path: Path):
    rate = ("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "15000")
    flac = make(tmp_path / "hours.flac", *rate, "-compression_level", "0").read_bytes()

    error = error_of(upload(client, flac), 400)

    assert error["message"].startswith("The audio is longer than 14400 seconds. Split it")


# --- many broken files ------------------------------------------------------------------------
CASES = 60


def test_broken_files_over_http(
    client: httpx.Client, media_server: Server, media_account: Account, tmp_path: Path
):
    whole = fuzz.seeds(tmp_path)
    mutants = list(fuzz.cases(whole, seed=3, numbers=range(CASES)))
    ask = fuzz.uploading(client)
    fuzz.run(mutants[:10], ask, patience=fuzz.HTTP_SECONDS)
    settled, before = media_account.settled_balance(), family(media_server)

    outcome = fuzz.run(mutants[10:], ask, patience=fuzz.HTTP_SECONDS)

    heard = outcome.words["transcribed"]
    assert 0 < heard < len(mutants) - 10
    assert settled - media_account.settled_balance() == charges(media_server, heard)
    assert family(media_server) <= before


def family(server: Server) -> set[int]:
    """The processes of the server, once no file is being decoded."""
    web = psutil.Process(server.web.pid)
    return {child.pid for child in web.children()}


def charges(server: Server, jobs: int) -> int:
    """Micro-dollars of the newest `jobs` jobs. Fails when one of them did not succeed."""
    rows: list[dict[str, Any]] = server.rows(
        f"SELECT status, cost_micros FROM audio_api_job ORDER BY created_at DESC LIMIT {jobs}"
    )
    assert {row["status"] for row in rows} == {"succeeded"}
    return sum(int(row["cost_micros"]) for row in rows)
