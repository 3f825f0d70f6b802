"""A link to a recording: the very bytes, under a fit name."""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from audiopod.common.links.allow import AllowList
from audiopod.common.links.fetch import fetch
from audiopod.common.links.verdict import Fetched, FetchLimits
from tests.audiopod.links.conftest import LOOPBACK
from tests.audiopod.links.source import Source, certificate_for, found, moved, recording
from tests.media import formats

pytestmark = pytest.mark.timeout(60)

Get = Callable[..., Fetched]
NOISE = recording() + os.urandom(3_000_000)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunks(data: bytes, size: int) -> bytes:
    parts = (data[at : at + size] for at in range(0, len(data), size))
    return b"".join(b"%x;a=b\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Of a server whose certificate, for these names, is trusted."""
    context, trusted = certificate_for(tmp_path, "localhost", "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    return context


@pytest.mark.parametrize(
    "answer",
    [
        found(NOISE),
        found(NOISE, length=None),
        CHUNKED + chunks(NOISE, 70_001),
        b"HTTP/1.0 200 OK\r\n\r\n" + NOISE,
        found(NOISE, "Content-Encoding: identity"),
    ],
    ids=["length", "until closed", "chunked", "http 1.0", "identity"],
)
def test_the_bytes_are_exact(answer: bytes, fetched: Get, target: Path) -> None:
    with Source(answer) as source:
        got = fetched(f"{source.url}/Talk%20one.wav?key=1#t=5")

    assert target.read_bytes() == NOISE
    url = f"{source.url}/Talk%20one.wav?key=1"
    assert got == Fetched(url, "Talk one.wav", "audio/wav", len(NOISE))


def test_what_is_asked_names_the_host_and_nothing_of_this_server(
    fetched: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with Source(found(recording(), "Set-Cookie: a=b")) as source:
        fetched(f"{source.url}/a.wav?x=%2F")

    assert source.requests == [
        f"GET /a.wav?x=%2F HTTP/1.1\r\nHost: 127.0.0.1:{source.port}\r\nAccept-Encoding: identity"
        "\r\nUser-Agent: AudioPod\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    ]


@pytest.mark.parametrize("name", ["mp3", "aac", "opus", "m4a"])
def test_other_formats_than_wav(name: str, fetched: Get, tmp_path: Path, target: Path) -> None:
    tone = formats.tone(name, tmp_path / "tone").read_bytes()
    with Source(found(tone)) as source:
        assert fetched(f"{source.url}/tone").content_type.startswith(("audio/", "video/"))
    assert target.read_bytes() == tone


def test_only_what_was_announced_is_taken(fetched: Get, target: Path) -> None:
    wav = recording()
    with Source(found(wav + b"GET me", length=len(wav))) as source:
        assert fetched(f"{source.url}/a.wav").bytes == len(wav)
    assert target.read_bytes() == wav


def test_a_source_that_keeps_its_connection_open_is_not_waited_for(fetched: Get) -> None:
    def answer(connection: object) -> None:
        connection.sendall(found(recording()))  # type: ignore[attr-defined]
        source.closing.wait(20)

    with Source(answer) as source:
        began = time.monotonic()
        fetched(f"{source.url}/a.wav")
        assert time.monotonic() - began < 10


def test_the_type_is_that_of_the_bytes_whatever_is_declared(fetched: Get) -> None:
    with Source(found(recording(), "Content-Type: text/html")) as source:
        assert fetched(f"{source.url}/page.html").content_type == "audio/wav"


def test_the_name_is_the_declared_one(fetched: Get) -> None:
    header = "Content-Disposition: attachment; filename*=UTF-8''..%2F%C3%BC.wav"
    with Source(found(recording(), header)) as source:
        assert fetched(f"{source.url}/get?id=1").file_name == "ü.wav"


def test_redirects_are_followed_up_to_the_last_allowed_one(fetched: Get) -> None:
    answers = {f"/{n}": moved(str(n + 1), status) for n, status in enumerate([301, 302, 303, 307])}
    with Source({}) as source:
        source._answers = {**answers, "/4": moved(f"{source.url}/a.wav", 308)}
        source._answers["/a.wav"] = found(recording())
        assert fetched(f"{source.url}/0", redirects=5).final_url == f"{source.url}/a.wav"
    assert len(source.requests) == 6


def test_tls_is_for_the_name_in_the_link(fetched: Get, target: Path, tls: ssl.SSLContext) -> None:
    asked: list[str | None] = []
    tls.sni_callback = lambda _socket, name, _context: asked.append(name)
    with Source(found(NOISE), tls=tls) as source:
        fetched(f"https://localhost:{source.port}/a.wav", AllowList(("localhost",)))
        assert target.read_bytes() == NOISE
        fetched(f"{source.url}/a.wav")

    assert asked == ["localhost", None]
    hosts = [request.split("\r\n")[1] for request in source.requests]
    assert hosts == [f"Host: localhost:{source.port}", f"Host: 127.0.0.1:{source.port}"]


def test_ipv6(fetched: Get) -> None:
    try:
        source = Source(found(recording()), host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    with source:
        got = fetched(f"{source.url}/a.wav", AllowList(("::1",)))
    assert got.final_url == f"http://[::1]:{source.port}/a.wav"
    assert f"Host: [::1]:{source.port}\r\n" in source.requests[0]


def test_a_file_that_is_there_is_overwritten(fetched: Get, target: Path) -> None:
    target.write_bytes(bytes(1_000_000))
    with Source(found(recording())) as source:
        fetched(f"{source.url}/a.wav")
    assert target.read_bytes() == recording()


def test_the_caller_hears_how_much_has_come(target: Path) -> None:
    def answer(connection: object) -> None:
        connection.sendall(found(recording(), length=len(recording()))[:-1])  # type: ignore[attr-defined]
        source.closing.wait(2.5)
        connection.sendall(recording()[-1:])  # type: ignore[attr-defined]

    sizes: list[int] = []
    with Source(answer) as source:
        fetch(
            f"{source.url}/a.wav",
            into=target,
            limits=FetchLimits(),
            allow=LOOPBACK,
            alive=sizes.append,
        )

    assert len(sizes) >= 2
    assert sizes[-1] == len(recording()) - 1
