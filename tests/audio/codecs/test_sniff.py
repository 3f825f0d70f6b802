"""The first bytes decide; every container's own tests are in test_decode.py."""

from __future__ import annotations

import io

import pytest

from audio.codecs.sniff import sniff

ID3_OF_5_BYTES = b"ID3\x04\x00\x00\x00\x00\x00\x05" + bytes(5)
ID3_WITH_FOOTER = b"ID3\x04\x00\x10\x00\x00\x00\x05" + bytes(5) + b"3DI" + bytes(7)
MP3_FRAME = b"\xff\xfb\x90\x00" + bytes(60)
ADTS_FRAME = b"\xff\xf1\x50\x80\x10\x00" + bytes(60)
WHOLE_MP3_FRAME = b"\xff\xfb\x90\x00" + bytes(413)  # 128 kbit/s at 44.1 kHz
WHOLE_ADTS_FRAME = b"\xff\xf1\x50\x80\x10\x00" + bytes(122)  # says that it has 128 bytes


@pytest.mark.parametrize(
    ("content", "demuxer"),
    [
        (MP3_FRAME, "mp3"),
        (b"\xff\xe3\x90\x00" + bytes(60), "mp3"),  # MPEG 2.5
        (ID3_OF_5_BYTES + MP3_FRAME, "mp3"),
        (ID3_OF_5_BYTES * 2 + MP3_FRAME, "mp3"),
        (ID3_WITH_FOOTER + MP3_FRAME, "mp3"),
        (ID3_OF_5_BYTES + bytes(1_000) + MP3_FRAME, "mp3"),
        (ID3_OF_5_BYTES + b"damaged", "mp3"),
        (ADTS_FRAME, "aac"),
        (ID3_OF_5_BYTES + ADTS_FRAME, "aac"),
        (ID3_OF_5_BYTES + b"fLaC" + bytes(60), "flac"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "wav"),
        (b"RF64\xff\xff\xff\xffWAVEds64", "wav"),
        (b"\x00\x00\x00\x1cftypM4A \x00\x00\x00\x00", "mov"),
        (b"FORM\x00\x00\x00\x00AIFC", "aiff"),
        (b"#!AMR-WB\n", "amr"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "avi"),
        (b"RIFX\x00\x00\x00\x00WAVEfmt ", None),  # FFmpeg would read its samples backwards
        (b".snd\x00\x00\x00\x18" + bytes(16), "au"),
        (b"wvpk" + bytes(16), "wv"),
        (b"\x0b\x77\x00\x00\x00\x40" + bytes(60), "ac3"),
        (b"\x0b\x77\x00\x00\x00\x80" + bytes(60), "eac3"),
        (b"\x0b\x77\x00\x00\x00\x90" + bytes(60), None),
        (b"\x7f\xfe\x80\x01" + bytes(60), "dts"),
        (b"\x56\xe1\x08" + bytes(60), "loas"),
        ((b"\x47" + bytes(187)) * 3, "mpegts"),
        ((bytes(4) + b"\x47" + bytes(187)) * 3, "mpegts"),
        ((b"\x47" + bytes(187)) * 2, None),
        (b"RIFF", None),
        (b"\xff\xfe#\x00E\x00X\x00T\x00M\x003\x00U\x00" + bytes(20), None),  # UTF-16 text
        (b"\xff\xfb", None),
        (b"#EXTM3U\n", None),
        (b"", None),
    ],
)
def test_the_demuxer_of_first_bytes(content: bytes, demuxer: str | None):
    assert sniff(io.BytesIO(content)) == demuxer


@pytest.mark.parametrize(
    ("frame", "demuxer"), [(WHOLE_MP3_FRAME, "mp3"), (WHOLE_ADTS_FRAME, "aac")]
)
def test_a_stream_that_begins_in_the_middle_of_a_frame(frame: bytes, demuxer: str):
    stream = b"\x55" * 700 + frame * 4

    assert sniff(io.BytesIO(stream)) == demuxer
    assert sniff(io.BytesIO(stream[: -len(frame) - 10])) is None  # two frames may be chance
    assert sniff(io.BytesIO(b"\x55" * 9_000 + frame * 4)) is None  # too long for part of a frame
    assert sniff(io.BytesIO(b"\x55" * 700 + (frame + b"\x55") * 4)) is None  # not frame on frame


def test_frames_of_different_kinds_in_a_row_are_no_stream():
    other = b"\xff\xf3\x90\x00" + bytes(413)  # MPEG-2, at half the rate

    assert sniff(io.BytesIO(b"\x55" * 700 + (WHOLE_MP3_FRAME + other) * 4)) is None


@pytest.mark.parametrize("archive", [b"PK\x03\x04" + bytes(26), bytes(257) + b"ustar" + bytes(250)])
def test_sound_in_an_archive_is_not_looked_for(archive: bytes):
    archive = archive.replace(b"\0", b"\x55")  # as a name would fill it

    assert sniff(io.BytesIO(archive + WHOLE_MP3_FRAME * 10)) is None
