"""Playlists, and media files that refer to another by its address: what must never be followed."""

from __future__ import annotations

import struct

PLAYLISTS = {
    "song.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n",
    "song.mp3": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n",
    "list.m3u": "{url}\n",
    "list.ffconcat": "ffconcat version 1.0\nfile '{url}'\n",
    "session.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
    "manifest.mpd": '<?xml version="1.0"?><MPD><BaseURL>{url}</BaseURL></MPD>',
    "list.pls": "[playlist]\nFile1={url}\nNumberOfEntries=1\n",
    "list.asx": '<asx version="3.0"><entry><ref href="{url}"/></entry></asx>',
    "list.xspf": "<playlist><track><location>{url}</location></track></playlist>",
    "redirect.asf": "[Reference]\r\nRef1={url}\r\n",
    "song.rtsp": "rtsptext\r{url}\r",
    "song.cue": 'FILE "{url}" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n',
    "picture.svg": '<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}"/></svg>',
}


def movie_with_its_data_elsewhere(m4a: bytes, url: str, *, kind: bytes = b"url ") -> bytes:
    """An MP4 file whose track says that its samples lie at `url` (ISO/IEC 14496-12, 8.7.2)."""
    entry = _box(kind, bytes(4) + url.encode() + b"\0")
    reference = _box(b"dref", bytes(4) + struct.pack(">I", 1) + entry)
    start = m4a.index(b"dref") - 4
    (length,) = struct.unpack_from(">I", m4a, start)
    movie = bytearray(m4a[:start] + reference + m4a[start + length :])
    for parent in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
        at = movie.index(parent) - 4
        (size,) = struct.unpack_from(">I", movie, at)
        struct.pack_into(">I", movie, at, size + len(reference) - length)
    return bytes(movie)


def reference_movie(url: str) -> bytes:
    """A QuickTime file that is nothing but the address of another."""
    address = url.encode() + b"\0"
    data = _box(b"rdrf", bytes(4) + b"url " + struct.pack(">I", len(address)) + address)
    moov = _box(b"moov", _box(b"rmra", _box(b"rmda", data)))
    return _box(b"ftyp", b"qt  " + bytes(4) + b"qt  ") + moov


def film_with_a_playlist_for_subtitles(url: str) -> bytes:
    """An AVI whose text stream carries a file of its own ("GAB2"), and that file is a playlist."""
    playlist = PLAYLISTS["song.m3u8"].format(url=url).encode()
    gab2 = b"GAB2\0" + struct.pack("<HI", 2, 2) + b"\0\0" + struct.pack("<H", 4)
    gab2 += struct.pack("<I", len(playlist)) + playlist
    sound = bytes(32_000)
    text = _list(b"strl", _stream(b"txts", scale=1, rate=1, length=1), _chunk(b"strf", b""))
    wave = struct.pack("<HHIIHH", 1, 1, 16_000, 32_000, 2, 16)
    audio = _list(
        b"strl", _stream(b"auds", scale=2, rate=32_000, length=16_000), _chunk(b"strf", wave)
    )
    header = _chunk(b"avih", struct.pack("<14I", 40_000, *[0] * 5, 2, *[0] * 7))
    movie = _list(b"movi", _chunk(b"00tx", gab2), _chunk(b"01wb", sound))
    body = b"AVI " + _list(b"hdrl", header, text, audio) + movie
    return _chunk(b"RIFF", body)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def _list(kind: bytes, *chunks: bytes) -> bytes:
    return _chunk(b"LIST", kind + b"".join(chunks))


def _stream(kind: bytes, *, scale: int, rate: int, length: int) -> bytes:
    fields = struct.pack(
        "<4s4sIIIIIIIIII", kind, bytes(4), *[0] * 3, scale, rate, 0, length, 0, 0, 2
    )
    return _chunk(b"strh", fields + bytes(8))
