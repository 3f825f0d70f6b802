"""Conversions from file to file, judged by what comes out: bits, lengths, levels, tags, covers."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

from audio.codecs.tags import picture
from audio.codecs.targets import Quality, Target
from tests.audio.codecs import ffmpeg
from tests.audio.codecs.made import (
    EXACT,
    LOSSLESS,
    LOSSY,
    PNG,
    RATE,
    SAMPLES,
    TAGS,
    Convert,
    loudness,
    noise,
    samples_of,
    written,
)


# --- lossless -------------------------------------------------------------------------------------
@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_s24le", "pcm_s32le"])
def test_wav_to_flac_and_back_is_the_same_to_the_bit(
    tmp_path: Path, converted: Convert, codec: str
) -> None:
    source = written(tmp_path / "a.wav", noise(), codec=codec)
    packed, made = converted(source, Target.FLAC)
    again, _ = converted(packed, Target.WAV)
    assert made.bits == int(codec[5:7])
    assert samples_of(packed).tobytes() == samples_of(source).tobytes()
    assert samples_of(again).tobytes() == samples_of(source).tobytes()
    with av.open(str(again)) as container:
        assert container.streams.audio[0].codec_context.name == codec


def test_floats_stay_what_they_are_in_wav_and_are_rounded_in_flac(
    tmp_path: Path, converted: Convert
) -> None:
    source = written(tmp_path / "a.wav", noise(), codec="pcm_f32le")
    same, _ = converted(source, Target.WAV)
    assert samples_of(same).tobytes() == samples_of(source).tobytes()
    rounded, made = converted(source, Target.FLAC)
    assert (made.bits, made.source_bits, made.is_float) == (24, 32, True)
    apart = samples_of(rounded) / 2.0**31 - samples_of(source)
    assert np.abs(apart).max() <= 2.0**-23


@pytest.mark.parametrize(("channels", "layout"), [(3, "2.1"), (6, "5.1(side)"), (8, "7.1")])
@pytest.mark.parametrize("target", LOSSLESS)
def test_channels_stay_apart_however_they_are_called(
    tmp_path: Path, converted: Convert, channels: int, layout: str, target: Target
) -> None:
    source = written(tmp_path / "a.wav", noise(channels, RATE), layout=layout)
    made, told = converted(source, target)
    assert told.channels == channels
    assert samples_of(made).tobytes() == samples_of(source).tobytes()


@pytest.mark.parametrize("rate", [8_000, 96_000, 192_000])
def test_a_lossless_format_has_any_rate(tmp_path: Path, converted: Convert, rate: int) -> None:
    source = written(tmp_path / "a.wav", noise(), rate=rate)
    for target in LOSSLESS:
        made, told = converted(source, target)
        assert told.rate == rate
        assert samples_of(made).tobytes() == samples_of(source).tobytes()


def test_of_a_lossy_recording_lossless_keeps_more(tmp_path: Path, converted: Convert) -> None:
    lossy, _ = converted(written(tmp_path / "a.wav", noise()), Target.MP3)
    assert converted(lossy, Target.FLAC)[1].bits == 16
    assert converted(lossy, Target.FLAC, Quality.LOSSLESS)[1].bits == 24


# --- lossy ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("quality", [Quality.LOW, Quality.HIGH])
@pytest.mark.parametrize("target", LOSSY)
def test_a_lossy_format_is_as_loud_as_its_source(
    tmp_path: Path, converted: Convert, target: Target, quality: Quality
) -> None:
    source = written(tmp_path / "a.wav", noise())
    made, _ = converted(source, target, quality)
    # LAME leaves coarse quantisation room below full scale: up to 0.5 dB at its low bit rates
    least = 0.94 if target is Target.MP3 and quality is Quality.LOW else 0.98
    assert least < loudness(samples_of(made)) / loudness(samples_of(source)) < 1.02
    heard = ffmpeg.listen(made.read_bytes())
    assert heard.rate == (48_000 if target in (Target.OGG, Target.OPUS) else RATE)


@pytest.mark.parametrize("target", EXACT)
def test_what_comes_back_is_as_long_as_what_went_in_to_the_sample(
    tmp_path: Path, converted: Convert, target: Target
) -> None:
    source = written(tmp_path / "a.wav", noise())
    made, told = converted(source, target)
    due = -(-SAMPLES * told.rate // RATE)
    back, again = converted(made, Target.WAV)
    assert told.samples == again.samples == due
    assert len(samples_of(back)) == 2 * due
    assert told.paid_ms == -(-SAMPLES * 1000 // RATE)


def test_an_mp3_says_what_to_cut_off(tmp_path: Path, converted: Convert) -> None:
    """PyAV reads the header of LAME, as players do."""
    made, _ = converted(written(tmp_path / "a.wav", noise()), Target.MP3)
    assert b"Info" in made.read_bytes()[:4_000]
    assert len(samples_of(made)) == 2 * SAMPLES


def test_an_m4a_says_its_length_in_its_edit_list(tmp_path: Path, converted: Convert) -> None:
    made, _ = converted(written(tmp_path / "a.wav", noise()), Target.M4A)
    data = made.read_bytes()
    at = data.index(b"elst") + 12
    assert int.from_bytes(data[at : at + 4], "big") == SAMPLES
    assert data.index(b"moov") < data.index(b"mdat"), "it plays before all of it has come"


def test_bare_aac_is_longer_by_less_than_it_says(tmp_path: Path, converted: Convert) -> None:
    made, _ = converted(written(tmp_path / "a.wav", noise()), Target.AAC)
    assert 0 <= len(samples_of(made)) / 2 - SAMPLES < 0.05 * RATE


@pytest.mark.parametrize(
    ("target", "rate", "expected"),
    [
        (Target.MP3, 96_000, 48_000),
        (Target.MP3, 192_000, 48_000),
        (Target.MP3, 8_000, 8_000),
        (Target.M4A, 192_000, 96_000),
        (Target.OPUS, 16_000, 48_000),
    ],
)
def test_a_rate_that_a_format_lacks_becomes_the_nearest(
    tmp_path: Path, converted: Convert, target: Target, rate: int, expected: int
) -> None:
    source = written(tmp_path / "a.wav", noise(), rate=rate)
    made, told = converted(source, target)
    assert (told.rate, told.source_rate) == (expected, rate)
    assert loudness(samples_of(made)) == pytest.approx(loudness(samples_of(source)), rel=0.06)


def test_six_channels_become_two_in_mp3_and_stay_six_elsewhere(
    tmp_path: Path, converted: Convert
) -> None:
    source = written(tmp_path / "a.wav", noise(6, RATE), layout="5.1")
    assert converted(source, Target.MP3)[1].channels == 2
    for target in (Target.M4A, Target.OPUS, Target.AAC):
        made, told = converted(source, target)
        assert told.channels == 6
        with av.open(str(made)) as container:
            assert container.streams.audio[0].channels == 6


def test_more_quality_takes_more_bytes(tmp_path: Path, converted: Convert) -> None:
    source = written(tmp_path / "a.wav", noise(samples=RATE))
    for target in LOSSY:
        low, medium, high = (
            converted(source, target, quality)[0].stat().st_size
            for quality in (Quality.LOW, Quality.MEDIUM, Quality.HIGH)
        )
        assert low < medium < high, target


@pytest.mark.parametrize("target", LOSSY)
def test_only_lossless_formats_are_lossless(
    tmp_path: Path, converted: Convert, target: Target
) -> None:
    with pytest.raises(ValueError, match="lossless"):
        converted(written(tmp_path / "a.wav", noise()), target, Quality.LOSSLESS)


# --- tags and covers ------------------------------------------------------------------------------
@pytest.mark.parametrize("target", list(Target))
def test_tags_and_cover_go_along(tmp_path: Path, converted: Convert, target: Target) -> None:
    source = written(tmp_path / "a.flac", noise(), codec="flac", muxer="flac", tags=TAGS, cover=PNG)
    made, told = converted(source, target)
    with av.open(str(made)) as container:
        found = {**container.streams.audio[0].metadata, **container.metadata}
        pictures = [
            bytes(next(container.demux(stream)))
            for stream in container.streams.video
            if stream.disposition & Disposition.attached_pic
        ]
    assert {name: found.get(name) for name in TAGS} == TAGS
    assert told.has_cover
    assert pictures == ([PNG] if target.recipe.cover != "nowhere" else [])


@pytest.mark.parametrize("target", [Target.MP3, Target.M4A, Target.OGG])
def test_tags_come_back_from_a_lossy_format(
    tmp_path: Path, converted: Convert, target: Target
) -> None:
    source = written(tmp_path / "a.flac", noise(), codec="flac", muxer="flac", tags=TAGS, cover=PNG)
    lossy, _ = converted(source, target)
    again, told = converted(lossy, Target.FLAC)
    with av.open(str(again)) as container:
        assert {name: container.metadata.get(name) for name in TAGS} == TAGS
        assert len(container.streams.video) == 1
    assert told.has_cover


def test_a_cover_that_is_no_picture_is_left_out(tmp_path: Path, converted: Convert) -> None:
    source = written(
        tmp_path / "a.flac", noise(), codec="flac", muxer="flac", cover=b"\x89PNG\r\n\x1a\nno"
    )
    made, told = converted(source, Target.MP3)
    assert not told.has_cover
    assert len(samples_of(made)) == 2 * SAMPLES


def test_a_picture_is_told_by_its_bytes() -> None:
    found = picture(PNG)
    assert found is not None
    assert (found.codec, found.width, found.height) == ("png", 1, 1)
    assert picture(b"GIF89a" + bytes(30)) is None
    assert picture(io.BytesIO(PNG).read(20)) is None
