"""What can be checked of a link without the network."""

from __future__ import annotations

import pytest

from audiopod.common.links.allow import NOTHING, AllowList
from audiopod.common.links.links import MAX_URL_LENGTH, parse_link, redirected
from audiopod.common.links.verdict import FetchReason, FetchRefused


def refused(url: str, allow: AllowList = NOTHING) -> FetchReason:
    with pytest.raises(FetchRefused) as error:
        parse_link(url, allow)
    assert (error.value.code, error.value.status) == ("UNSUPPORTED_URL", 400)
    return error.value.reason


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://example.com/a.mp3", "https://example.com/a.mp3"),
        ("HTTPS://Example.COM./a.mp3#t=5", "https://example.com/a.mp3"),
        ("http://example.com", "http://example.com/"),
        ("http://example.com?a=1", "http://example.com/?a=1"),
        ("https://example.com:443/", "https://example.com/"),
        ("https://example.com:8443/", "https://example.com:8443/"),
        ("http://example.com:443/", "http://example.com:443/"),
        ("https://[2606:4700:4700:0::1111]/a", "https://[2606:4700:4700::1111]/a"),
        (" https://example.com/a b.mp3 ", "https://example.com/a%20b.mp3"),
        ("https://bücher.example/ü.mp3?q=ü", "https://xn--bcher-kva.example/%C3%BC.mp3?q=%C3%BC"),
        ("https://faß.de/", "https://xn--fa-hia.de/"),  # not fass.de, as browsers have it
        (
            "https://s3.example/a?sig=a%2Fb+c/d==&x=~-._",
            "https://s3.example/a?sig=a%2Fb+c/d==&x=~-._",
        ),
        ("https://1.1.1.1/", "https://1.1.1.1/"),
        ("https://my_bucket.example/", "https://my_bucket.example/"),
    ],
)
def test_a_link_has_one_spelling(url: str, normal: str) -> None:
    assert str(parse_link(url, NOTHING)) == normal


@pytest.mark.parametrize(
    "url",
    [
        *("file:///etc/passwd", "ftp://example.com/a.mp3", "gopher://example.com/1"),
        *("data:audio/wav;base64,UklGRg==", "blob:https://example.com/1", "rtmp://example.com/a"),
        *(
            "javascript:alert(1)",
            "FILE:///etc/passwd",
            "jar:https://example.com!/a",
            "ws://a.example",
        ),
    ],
)
def test_only_the_web(url: str) -> None:
    assert refused(url) is FetchReason.SCHEME


@pytest.mark.parametrize(
    "url",
    [
        *("", " ", "example.com/a.mp3", "/etc/passwd", "//example.com/a.mp3", "https:", "https://"),
        *(
            "https:///a.mp3",
            "https://example.com:99999/",
            "https://example.com:x/",
            "https://[::1/",
        ),
        *("https://exa mple.com/", "https://a..example/", f"https://{'a' * 64}.example/"),
        *(
            "https://example.com/\r\nX: y",
            "https://exam\tple.com/",
            "https://example.com\\@a.example/",
        ),
        *("https://example.com/\x00", "https://example.com/\ud800", "https://exa\u2100mple.com/"),
        "https://example.com/" + "a" * MAX_URL_LENGTH,
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    assert refused(url) is FetchReason.MALFORMED


@pytest.mark.parametrize(
    "host",
    [
        *("2130706433", "0x7f000001", "0x7F.1", "017700000001", "0177.0.0.1", "127.1", "0", "1"),
        *("127.0.0.1.1", "example.1", "127.0.0.0x1", "127.000.000.001", "999.1.1.1"),
    ],
)
def test_addresses_are_taken_in_their_usual_spelling_only(host: str) -> None:
    assert refused(f"http://{host}/a.mp3") is FetchReason.MALFORMED


@pytest.mark.parametrize(
    "host",
    [
        *(
            "127.0.0.1",
            "127.0.0.1.",
            "127\u30020\u30020\u30021",
            "\uff11\uff12\uff17.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
        ),
        *("169.254.169.254", "100.64.0.1", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::127.0.0.1]"),
        *("[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fd00::1]"),
        "[0:0:0:0:0:ffff:a9fe:a9fe]",
    ],
)
def test_an_address_that_is_not_public_is_refused(host: str) -> None:
    assert refused(f"http://{host}/a.mp3") is FetchReason.NOT_PUBLIC


@pytest.mark.parametrize(
    "url",
    ["https://me:secret@example.com/", "https://me@example.com/", "https://@example.com/"],
)
def test_credentials_are_refused(url: str) -> None:
    assert refused(url) is FetchReason.CREDENTIALS


@pytest.mark.parametrize("port", [0, 1, 22, 25, 81, 1023])
def test_ports_of_other_services_are_refused(port: int) -> None:
    assert refused(f"http://1.1.1.1:{port}/a.mp3") is FetchReason.PORT


@pytest.mark.parametrize(
    ("url", "platform"),
    [
        ("https://www.youtube.com/watch?v=1", "YouTube"),
        ("https://youtu.be/1", "YouTube"),
        ("https://m.soundcloud.com/a/b", "SoundCloud"),
        ("https://open.spotify.com/track/1", "Spotify"),
    ],
)
def test_pages_of_platforms_are_refused_by_name(url: str, platform: str) -> None:
    with pytest.raises(FetchRefused, match=f"Pages of {platform} are not fetched") as error:
        parse_link(url, NOTHING)
    assert error.value.reason is FetchReason.PLATFORM


def test_a_host_that_only_ends_like_a_platform_is_none() -> None:
    assert parse_link("https://notyoutube.com/a.mp3", NOTHING).host == "notyoutube.com"


@pytest.mark.parametrize("entry", ["127.0.0.1", "127.0.0.0/8", "127.0.0.1:22"])
def test_what_is_on_the_list_may_be_private_and_on_any_port(entry: str) -> None:
    assert parse_link("http://127.0.0.1:22/a.mp3", AllowList((entry,))).port == 22


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("b.mp3", "https://example.com/x/b.mp3"),
        ("/b.mp3", "https://example.com/b.mp3"),
        ("?b", "https://example.com/x/a.mp3?b"),
        ("//cdn.example/b.mp3", "https://cdn.example/b.mp3"),
        ("https://cdn.example/ü b.mp3", "https://cdn.example/%C3%BC%20b.mp3"),
    ],
)
def test_a_redirect_is_followed_from_where_it_is(location: str, leads_to: str) -> None:
    link = parse_link("https://example.com/x/a.mp3", NOTHING)

    assert str(redirected(link, location, NOTHING)) == leads_to


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://example.com/a.mp3", FetchReason.DOWNGRADE),
        ("file:///etc/passwd", FetchReason.SCHEME),
        ("https://127.0.0.1/a.mp3", FetchReason.NOT_PUBLIC),
        ("//[::1]/a.mp3", FetchReason.NOT_PUBLIC),
        ("https://1.1.1.1:22/", FetchReason.PORT),
        ("https://me:secret@example.com/", FetchReason.CREDENTIALS),
        ("https://youtu.be/1", FetchReason.PLATFORM),
        ("https://[::1/", FetchReason.MALFORMED),
        ("/a\r\nX: y", FetchReason.MALFORMED),
    ],
)
def test_a_redirect_is_checked_as_a_link_is(location: str, reason: FetchReason) -> None:
    link = parse_link("https://example.com/a.mp3", NOTHING)

    with pytest.raises(FetchRefused) as error:
        redirected(link, location, NOTHING)

    assert error.value.reason is reason


def test_a_redirect_to_http_is_followed_from_http_and_to_what_is_on_the_list() -> None:
    plain = parse_link("http://example.com/a.mp3", NOTHING)
    secure = parse_link("https://example.com/a.mp3", NOTHING)

    assert redirected(plain, "http://cdn.example/", NOTHING).host == "cdn.example"
    assert redirected(secure, "http://nas.lan/", AllowList(("nas.lan",))).host == "nas.lan"
