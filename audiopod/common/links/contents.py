"""Tell by its bytes whether a download is a recording, and if not, what it is instead."""

from __future__ import annotations

import codecs
from typing import BinaryIO

from audio.codecs.sniff import sniff
from audiopod.common.links.verdict import FetchReason, FetchRefused

HEAD_BYTES = 1024
"""So much is looked at while the rest is on its way."""
_TEXT_BYTES = bytes({*b"\t\n\f\r", *range(0x20, 0x100)})
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PLAYLISTS = (
    *("#extm3u", "[playlist]", "[reference]"),
    *("<asx", "<smil", "<mpd", "<playlist", "<rss", "<feed"),
)
_IN_XML = ("<mpd", "<smil", "<playlist", "<smoothstreamingmedia", "<rss", "<feed", "<asx")
_WEB_PAGES = ("<!doctype html", "<html", "<head", "<body", "<script", "<!--")

_TYPES: dict[str, tuple[str, str]] = {
    "aac": ("audio/aac", "aac"),
    "ac3": ("audio/ac3", "ac3"),
    "aiff": ("audio/aiff", "aiff"),
    "amr": ("audio/amr", "amr"),
    "ape": ("audio/x-ape", "ape"),
    "asf": ("video/x-ms-asf", "wma"),
    "au": ("audio/basic", "au"),
    "avi": ("video/x-msvideo", "avi"),
    "caf": ("audio/x-caf", "caf"),
    "dts": ("audio/vnd.dts", "dts"),
    "eac3": ("audio/eac3", "eac3"),
    "flac": ("audio/flac", "flac"),
    "flv": ("video/x-flv", "flv"),
    "loas": ("audio/aac", "loas"),
    "matroska": ("video/x-matroska", "mkv"),
    "mov": ("video/mp4", "mp4"),
    "mp3": ("audio/mpeg", "mp3"),
    "mpeg": ("video/mpeg", "mpeg"),
    "mpegts": ("video/mp2t", "ts"),
    "ogg": ("audio/ogg", "ogg"),
    "tta": ("audio/x-tta", "tta"),
    "voc": ("audio/x-voc", "voc"),
    "w64": ("audio/x-w64", "w64"),
    "wav": ("audio/wav", "wav"),
    "wv": ("audio/x-wavpack", "wv"),
}
_OTHER = ("application/octet-stream", "bin")


def refuse_text(head: bytes) -> None:
    """Raises FetchRefused when a file that begins so is a page, a playlist or other text.

    head: the first `HEAD_BYTES`, or all there is.
    """
    text = _text(head)
    if text.startswith(_PLAYLISTS):
        raise FetchRefused(FetchReason.PLAYLIST)
    if text.startswith("<?xml") and any(tag in text for tag in _IN_XML):
        raise FetchRefused(FetchReason.PLAYLIST)
    if text.startswith(_WEB_PAGES) or (text.startswith("<") and "<html" in text):
        raise FetchRefused(FetchReason.WEB_PAGE)
    if head and not head.translate(None, _TEXT_BYTES):
        raise FetchRefused(FetchReason.NOT_MEDIA)


def demuxer_of(file: BinaryIO) -> str:
    """FFmpeg's demuxer for a whole download. Raises FetchRefused when it is not a recording."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if not head:
        raise FetchRefused(FetchReason.EMPTY)
    refuse_text(head)
    demuxer = sniff(file)
    if demuxer is None:
        raise FetchRefused(FetchReason.NOT_MEDIA)
    return demuxer


def content_type(demuxer: str) -> str:
    """The media type of a format. A container of films is called one, whatever is in it."""
    return _TYPES.get(demuxer, _OTHER)[0]


def extension(demuxer: str) -> str:
    """What names of such files end with, without the dot."""
    return _TYPES.get(demuxer, _OTHER)[1]


def _text(head: bytes) -> str:
    # both are built in: a confined process cannot load the module of another encoding
    encoding = "utf-16" if head.startswith(_UTF16_MARKS) else "utf-8"
    text = head.decode(encoding, "replace")
    return text.lstrip("\ufeff \t\r\n\f").lower()
