"""Recordings pass by their bytes; pages, playlists and feeds are called what they are."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from audiopod.common.links.contents import (
    HEAD_BYTES,
    content_type,
    demuxer_of,
    extension,
    refuse_text,
)
from audiopod.common.links.verdict import FetchReason, FetchRefused
from tests.audiopod.links.source import recording
from tests.media import formats

XML = '<?xml version="1.0"?>\n'
NOT_MEDIA = {
    "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8": FetchReason.PLAYLIST,
    "\ufeff\n#EXTM3U8": FetchReason.PLAYLIST,
    "[playlist]\nFile1=http://example.com/a.mp3": FetchReason.PLAYLIST,
    '<ASX version="3.0">': FetchReason.PLAYLIST,
    '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">': FetchReason.PLAYLIST,
    f'{XML}<!-- x --><MPD type="static">': FetchReason.PLAYLIST,
    f"{XML}<playlist><trackList/></playlist>": FetchReason.PLAYLIST,
    f"{XML}<rss version='2.0'>": FetchReason.PLAYLIST,
    f"{XML}<SmoothStreamingMedia>": FetchReason.PLAYLIST,
    "  <!DOCTYPE html><title>Song</title>": FetchReason.WEB_PAGE,
    "<html><body>": FetchReason.WEB_PAGE,
    f"{XML}<!DOCTYPE html><html>": FetchReason.WEB_PAGE,
    "<!-- a page --><p>": FetchReason.WEB_PAGE,
    f"{XML}<svg/>": FetchReason.NOT_MEDIA,
    '{"error": "not found"}': FetchReason.NOT_MEDIA,
    "http://example.com/a.mp3\nhttp://example.com/b.mp3\n": FetchReason.NOT_MEDIA,
    "Not found": FetchReason.NOT_MEDIA,
    "Ünïcode": FetchReason.NOT_MEDIA,
}


@pytest.mark.parametrize(("text", "reason"), NOT_MEDIA.items(), ids=range(len(NOT_MEDIA)))
@pytest.mark.parametrize("padding", [0, 4 * HEAD_BYTES])
def test_text_is_refused_by_its_beginning(text: str, reason: FetchReason, padding: int) -> None:
    head = (text + "\n" * padding).encode()[:HEAD_BYTES]

    with pytest.raises(FetchRefused) as error:
        refuse_text(head)

    assert error.value.reason is reason
    assert error.value.code == "UNSUPPORTED_URL"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_page_in_utf_16_is_a_page(encoding: str) -> None:
    with pytest.raises(FetchRefused) as error:
        refuse_text("\ufeff<html>".encode(encoding))
    assert error.value.reason is FetchReason.WEB_PAGE


@pytest.mark.parametrize("name", formats.AUDIO)
def test_recordings_of_every_format_pass_and_have_a_type(name: str, tmp_path: Path) -> None:
    path = formats.tone(name, tmp_path / "upload")

    with path.open("rb") as file:
        refuse_text(file.read(HEAD_BYTES))
        demuxer = demuxer_of(file)

    assert content_type(demuxer).startswith(("audio/", "video/"))
    assert extension(demuxer).isalnum()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", FetchReason.EMPTY),
        (b"PK\x03\x04" + bytes(2000), FetchReason.NOT_MEDIA),
        (b"%PDF-1.7\n%\xff\x00" + bytes(2000), FetchReason.NOT_MEDIA),
        (b"\x89PNG\r\n\x1a\n" + bytes(2000), FetchReason.NOT_MEDIA),
        (b"\x1f\x8b\x08" + bytes(2000), FetchReason.NOT_MEDIA),
        (b"<html>" + recording(), FetchReason.WEB_PAGE),
    ],
)
def test_other_files_are_refused(data: bytes, reason: FetchReason) -> None:
    with pytest.raises(FetchRefused) as error:
        demuxer_of(io.BytesIO(data))
    assert error.value.reason is reason
