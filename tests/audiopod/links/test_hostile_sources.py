"""Everything that a link may try against this server, with a real source that tries it."""

from __future__ import annotations

import gzip
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audiopod.common.links import fetch as fetching
from audiopod.common.links.allow import NOTHING, AllowList
from audiopod.common.links.verdict import Fetched, FetchError, FetchReason
from tests.audiopod.links.source import Answer, Source, certificate_for, found, moved, recording

pytestmark = pytest.mark.timeout(60)

NotFetched = Callable[..., FetchError]
WAV = recording()
LIMIT = 200_000
PROMPTLY_SECONDS = 8.0
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture(autouse=True)
def promptly() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < PROMPTLY_SECONDS


def forever(*blocks: bytes, every: float = 0.0) -> Callable[[socket.socket], None]:
    """Sends the first block, then the others again and again until the client has gone."""

    def send(connection: socket.socket) -> None:
        connection.sendall(blocks[0])
        pause = threading.Event()
        for block in itertools.cycle(blocks[1:] or [b""]):
            connection.sendall(block)
            pause.wait(every)

    return send


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::ffff:127.0.0.1]", "localhost", "2130706433", "0x7f.1", "0177.0.0.1",
             "127.1", "127.0.0.1.", "0.0.0.0", "0", "LOCALHOST"]
)  # fmt: skip
def test_this_machine_is_never_connected_to(host: str, not_fetched: NotFetched) -> None:
    with Source(found(WAV)) as source:
        error = not_fetched(f"http://{host}:{source.port}/a.wav", NOTHING)

    assert error.reason in (FetchReason.NOT_PUBLIC, FetchReason.MALFORMED)
    assert (error.code, error.status) == ("UNSUPPORTED_URL", 400)
    assert source.connections == 0


def test_nor_by_its_new_address(not_fetched: NotFetched) -> None:
    assert not_fetched("http://[::1]:8000/a.wav", NOTHING).reason is FetchReason.NOT_PUBLIC


@pytest.mark.parametrize(
    "location",
    [
        *("http://127.0.0.2:{port}/a.wav", "//127.0.0.2:{port}/a.wav"),
        *("http://localhost.:{port}/a.wav", "http://2130706434:{port}/"),
    ],
)
def test_a_redirect_to_a_private_address_is_not_followed(
    location: str, not_fetched: NotFetched
) -> None:
    with (
        Source(found(WAV), host="0.0.0.0") as private,
        Source(moved(location.format(port=private.port))) as source,
    ):
        error = not_fetched(f"{source.url}/a.wav", AllowList((f"127.0.0.1:{source.port}",)))

    assert error.code == "UNSUPPORTED_URL"
    assert source.connections == 1
    assert private.connections == 0


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/a", "gopher://a.example",
                                      "data:audio/wav;base64,UklGRg=="])  # fmt: skip
def test_a_redirect_away_from_the_web_is_not_followed(
    location: str, not_fetched: NotFetched
) -> None:
    with Source(moved(location)) as source:
        assert not_fetched(f"{source.url}/a.wav").reason is FetchReason.SCHEME


@pytest.fixture
def rebinding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that answers 127.0.0.2 at the first question, and 127.0.0.1 from then on."""
    counter = tmp_path / "asked"
    stub = (
        "import pathlib, socket\n"
        "def resolve(host, port, **_):\n"
        f"    counter = pathlib.Path({str(counter)!r})\n"
        "    first = not counter.exists()\n"
        "    counter.touch()\n"
        "    address = '127.0.0.2' if first else '127.0.0.1'\n"
        "    return [(socket.AF_INET, socket.SOCK_STREAM, 6, '', (address, port))]\n"
        "socket.getaddrinfo = resolve\n"
    )
    monkeypatch.setattr(fetching, "_PROGRAM", stub + fetching._PROGRAM)


@pytest.mark.usefixtures("rebinding")
def test_rebinding_between_check_and_connection_has_no_effect(
    fetched: Callable[..., Fetched], target: Path
) -> None:
    with (
        Source(found(WAV), host="127.0.0.2") as checked,
        Source(found(b"secret"), port=checked.port) as private,
    ):
        fetched(f"http://a.example:{checked.port}/a.wav", AllowList(("127.0.0.2",)))

    assert target.read_bytes() == WAV
    assert private.connections == 0


@pytest.mark.usefixtures("rebinding")
def test_rebinding_between_redirects_is_seen(not_fetched: NotFetched) -> None:
    with (
        Source(moved("/again.wav"), host="127.0.0.2") as checked,
        Source(found(WAV), port=checked.port) as private,
    ):
        error = not_fetched(f"http://a.example:{checked.port}/a.wav", AllowList(("127.0.0.2",)))

    assert error.reason is FetchReason.NOT_PUBLIC
    assert (checked.connections, private.connections) == (1, 0)


def test_redirects_in_a_circle_end(not_fetched: NotFetched) -> None:
    with Source(moved("/a.wav")) as source:
        assert not_fetched(f"{source.url}/a.wav").reason is FetchReason.REDIRECTS
    assert source.connections == 6


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
TOO_LARGE: dict[str, Answer] = {
    "announced": found(WAV, length=LIMIT + 1),
    "announced far too large": found(WAV, length=10**30),
    "not announced": OK + b"\r\n" + WAV + bytes(LIMIT),
    "endless": forever(OK + b"\r\n" + WAV, bytes(10_000)),
    "endless in chunks": forever(
        CHUNKED + b"%x\r\n%s\r\n" % (len(WAV), WAV), b"2710\r\n" + bytes(10_000) + b"\r\n"
    ),
    "announced and in chunks": forever(
        OK + b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"%x\r\n%s\r\n" % (len(WAV), WAV),
        b"2710\r\n" + bytes(10_000) + b"\r\n",
    ),
    "one chunk without end": forever(CHUNKED + b"fffffffffff\r\n" + WAV, bytes(10_000)),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_is_too_large_ends_at_the_limit(name: str, not_fetched: NotFetched) -> None:
    with Source(TOO_LARGE[name]) as source:
        error = not_fetched(f"{source.url}/a.wav", max_bytes=LIMIT)

    assert (error.code, error.status) == ("URL_TOO_LARGE", 413)
    assert str(LIMIT) in str(error)


def test_a_file_of_just_the_limit_is_not_too_large(fetched: Callable[..., Fetched]) -> None:
    with Source(found(WAV)) as source:
        assert fetched(f"{source.url}/a.wav", max_bytes=len(WAV)).bytes == len(WAV)


TOO_SLOW: dict[str, Answer] = {
    "silent": forever(b"", every=0.1),
    "silent after the header": forever(OK + b"\r\n", every=0.1),
    "silent in the middle": forever(found(WAV, length=len(WAV) + 1), every=0.1),
    "a trickle of header": forever(OK, b"X: y\r\n"[:1], every=0.1),
    "a trickle of headers": forever(OK, b"X: y\r\n", every=0.1),
    "to be continued": forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n", every=0.01),
    "a trickle of body": forever(OK + b"\r\nRIFF", b"x", every=0.05),
    "a trickle of chunks": forever(CHUNKED, b"1\r\nx\r\n", every=0.05),
    "a trickle in a chunk's header": forever(CHUNKED, b"0", every=0.1),
    "a trickle of trailers": forever(CHUNKED + b"0\r\n", b"X: y\r\n", every=0.05),
}


@pytest.mark.parametrize("name", TOO_SLOW)
def test_what_is_slow_ends_in_time(name: str, not_fetched: NotFetched) -> None:
    with Source(TOO_SLOW[name]) as source:
        error = not_fetched(f"{source.url}/a.wav", silence_seconds=0.7)

    assert (error.code, error.status) == ("URL_TOO_SLOW", 400)


@pytest.mark.parametrize("every", [0.0, 0.01])
def test_the_whole_has_its_time_and_then_the_process_is_killed(
    every: float, not_fetched: NotFetched
) -> None:
    slow = forever(OK + b"\r\n" + WAV, bytes(100), every=every)
    with Source(slow) as source:
        error = not_fetched(f"{source.url}/a.wav", total_seconds=1.5, max_bytes=10**12)

    assert error.code == "URL_TOO_SLOW"


def test_a_source_that_does_not_begin_tls_is_too_slow(not_fetched: NotFetched) -> None:
    with Source(b"") as source:
        url = f"https://127.0.0.1:{source.port}/a.wav"
        assert not_fetched(url, silence_seconds=0.7).code == "URL_TOO_SLOW"


BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "not http": b"SSH-2.0-OpenSSH_9.2\r\n",
    "a radio": b"ICY 200 OK\r\n\r\n" + WAV,
    "no such status": b"HTTP/1.1 2000 OK\r\n\r\n" + WAV,
    "a flood of headers": OK + b"X: y\r\n" * 100_000 + b"\r\n" + WAV,
    "a header without end": OK + b"X: " + b"y" * 1_000_000 + b"\r\n\r\n" + WAV,
    "a chunk's size that is none": CHUNKED + b"0x\r\n" + WAV,
    "a chunk's size without end": CHUNKED + b"0" * 1_000_000,
    "a chunk cut off": CHUNKED + b"fffff\r\n" + WAV,
    "cut off": found(WAV, length=len(WAV) + 1),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_an_error_of_the_source(name: str, not_fetched: NotFetched) -> None:
    with Source(BROKEN[name]) as source:
        error = not_fetched(f"{source.url}/a.wav")

    assert (error.code, error.reason) == ("URL_UNREACHABLE", FetchReason.BROKEN_OFF)


@pytest.mark.parametrize("status", [204, 206, 300, 304, 401, 403, 404, 500, 503])
def test_another_status_than_200_is_told(status: int, not_fetched: NotFetched) -> None:
    with Source(b"HTTP/1.1 %d Other\r\nContent-Length: 4\r\n\r\nRIFF" % status) as source:
        error = not_fetched(f"{source.url}/a.wav")

    assert (error.code, error.status) == ("URL_UNREACHABLE", 400)
    assert str(status) in str(error)


BOMB = gzip.compress(bytes(10_000_000))
OTHER: dict[str, tuple[bytes, FetchReason]] = {
    "a gzip bomb": (found(BOMB, "Content-Encoding: gzip"), FetchReason.ENCODED),
    "in several codings": (found(BOMB, "Content-Encoding: identity, br"), FetchReason.ENCODED),
    "a gzip bomb that is not declared": (found(BOMB), FetchReason.NOT_MEDIA),
    "a gzip bomb in transfer": (
        found(BOMB, "Transfer-Encoding: gzip", length=None),
        FetchReason.NOT_MEDIA,
    ),
    "nothing": (found(b""), FetchReason.EMPTY),
    "a playlist": (found(b"#EXTM3U\nhttp://127.0.0.1/a.mp3\n"), FetchReason.PLAYLIST),
    "a playlist called a song": (
        found(b"[playlist]\nFile1=a\n", "Content-Type: audio/mpeg"),
        FetchReason.PLAYLIST,
    ),
    "a manifest": (found(b'<?xml version="1.0"?><MPD></MPD>'), FetchReason.PLAYLIST),
    "a page": (found(b"<!doctype html><title>Song</title>"), FetchReason.WEB_PAGE),
    "a page in UTF-16": (found("<html>".encode("utf-16")), FetchReason.WEB_PAGE),
    "text": (found(b"root:x:0:0:root:/root:/bin/bash\n"), FetchReason.NOT_MEDIA),
    "other bytes": (found(bytes(range(256)) * 8), FetchReason.NOT_MEDIA),
}


@pytest.mark.parametrize("name", OTHER)
def test_what_is_no_recording_is_refused(name: str, not_fetched: NotFetched) -> None:
    answer, reason = OTHER[name]
    with Source(answer) as source:
        error = not_fetched(f"{source.url}/song.mp3")

    assert (error.code, error.reason) == ("UNSUPPORTED_URL", reason)


def test_a_page_is_not_taken_to_its_end(not_fetched: NotFetched) -> None:
    with Source(forever(OK + b"\r\n<html>", b"<p>" * 1000)) as source:
        error = not_fetched(f"{source.url}/song.mp3", max_bytes=10**12)
    assert error.reason is FetchReason.WEB_PAGE


def test_a_closed_port_is_unreachable(not_fetched: NotFetched) -> None:
    with Source(b"") as source:
        pass
    assert not_fetched(f"{source.url}/a.wav").reason is FetchReason.UNREACHABLE


@pytest.mark.parametrize("trusted", [True, False])
def test_a_certificate_is_for_the_name_and_by_who_is_trusted(
    trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, not_fetched: NotFetched
) -> None:
    context, authority = certificate_for(tmp_path, "other.example" if trusted else "127.0.0.1")
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with Source(found(WAV), tls=context) as source:
        error = not_fetched(f"{source.url}/a.wav")

    assert (error.code, error.reason) == ("URL_UNREACHABLE", FetchReason.CERTIFICATE)
    assert source.requests == []


def test_https_does_not_become_http(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, not_fetched: NotFetched
) -> None:
    context, authority = certificate_for(tmp_path, "127.0.0.1")
    assert isinstance(context, ssl.SSLContext)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with Source(moved("http://a.example/a.wav"), tls=context) as source:
        assert not_fetched(f"{source.url}/a.wav").reason is FetchReason.DOWNGRADE
