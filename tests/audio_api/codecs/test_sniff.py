"""The first bytes decide; every container's own tests are in test_decode.py."""

from __future__ import annotations

import io

import pytest

from audio_api.codecs.sniff import sniff

ID3_OF_5_BYTES = b"ID3\x04\x00\x00\x00\x00\x00\x05" + bytes(5)
ID3_WITH_FOOTER = b"ID3\x04\x00\x10\x00\x00\x00\x05" + bytes(5) + b"3DI" + bytes(7)
MP3_FRAME = b"\xff\xfb\x90\x00" + bytes(60)
ADTS_FRAME = b"\xff\xf1\x50\x80" + bytes(60)


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
        (b"RIFF\x00\x00\x00\x00AVI LIST", None),
        (b"RIFF", None),
        (b"\xff\xfe#\x00E\x00X\x00T\x00M\x003\x00U\x00" + bytes(20), None),  # UTF-16 text
        (b"\xff\xfb", None),
        (b"#EXTM3U\n", None),
        (b"", None),
    ],
)
def test_the_demuxer_of_first_bytes(content: bytes, demuxer: str | None):
    assert sniff(io.BytesIO(content)) == demuxer
