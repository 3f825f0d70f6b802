"""Playlists, and media that refer to other files: nothing is ever fetched for an upload."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import av
import pytest

from audio.codecs.decode import DecodedAudio, DecodeReason
from tests.audio.codecs.ffmpeg import sine
from tests.media.bait import Bait, bait_laid
from tests.media.pointers import (
    PLAYLISTS,
    film_with_a_playlist_for_subtitles,
    movie_with_its_data_elsewhere,
    reference_movie,
)

Decoded = Callable[..., DecodedAudio]
Refusal = Callable[..., DecodeReason]


@pytest.fixture
def bait() -> Iterator[Bait]:
    with bait_laid() as bait:
        yield bait


@pytest.mark.parametrize("name", PLAYLISTS)
@pytest.mark.parametrize("prefix", [b"", b"ID3\x04\x00\x00\x00\x00\x00\x00"])
def test_a_playlist_fetches_nothing(
    name: str, prefix: bytes, tmp_path: Path, bait: Bait, refused: Refusal
):
    source = tmp_path / name
    source.write_bytes(prefix + PLAYLISTS[name].format(url=bait.url).encode())

    assert refused(source) in {DecodeReason.UNSUPPORTED, DecodeReason.CORRUPT}
    assert bait.connections == 0


def test_the_bait_is_one_that_ffmpeg_takes_when_it_is_let(tmp_path: Path, bait: Bait):
    source = tmp_path / "song.m3u8"
    source.write_text(PLAYLISTS["song.m3u8"].format(url=bait.url))

    with source.open("rb") as named, pytest.raises(av.error.FFmpegError):
        av.open(named)

    assert bait.requests == ["/secret.ts"]


@pytest.mark.parametrize("kind", [b"url ", b"alis", b"rsrc"])
def test_a_movie_whose_samples_lie_elsewhere(
    kind: bytes, tmp_path: Path, bait: Bait, decoded: Decoded
):
    m4a = sine(tmp_path / "tone.m4a", "-c:a", "aac").read_bytes()
    source = tmp_path / "points.m4a"
    source.write_bytes(movie_with_its_data_elsewhere(m4a, bait.url, kind=kind))

    # what the file says is not looked at: its own samples are read
    assert decoded(source).seconds == pytest.approx(2.0, abs=0.05)
    assert bait.connections == 0


def test_a_movie_that_is_only_an_address(tmp_path: Path, bait: Bait, refused: Refusal):
    source = tmp_path / "points.mov"
    source.write_bytes(reference_movie(bait.url))

    assert refused(source) in {DecodeReason.CORRUPT, DecodeReason.NO_AUDIO_STREAM}
    assert bait.connections == 0


def test_a_film_whose_subtitles_are_a_playlist(tmp_path: Path, bait: Bait, decoded: Decoded):
    source = tmp_path / "film.avi"
    source.write_bytes(film_with_a_playlist_for_subtitles(bait.url))

    assert decoded(source).seconds == 1.0  # the sound beside them
    assert bait.connections == 0
