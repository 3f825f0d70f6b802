"""The name of a downloaded file."""

from __future__ import annotations

import pytest

from audiopod.common.links.names import MAX_NAME_BYTES, file_name

URL = "https://example.com/music/Song%20one.mp3?x=/y.wav"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("", "Song one.mp3"),
        ("attachment", "Song one.mp3"),
        ('attachment; filename="a b.wav"', "a b.wav"),
        ("inline; filename=a.wav", "a.wav"),
        ("attachment; filename=a.wav; filename*=UTF-8''%C3%BC.wav", "ü.wav"),
        ("attachment; filename*=no-such-charset''a.wav", "a.wav"),
        ("attachment; filename*=UTF-8''%ff.wav", "�.wav"),
        ('attachment; filename="Ã¼ Ã¢Â\x82Â¬.wav"'.replace("Ã¢Â\x82Â¬", "â\x82¬"), "ü €.wav"),
        ('attachment; filename="../../etc/passwd"', "passwd.mp3"),
        (r'attachment; filename="C:\\Windows\\a.wav"', "a.wav"),
        ('attachment; filename="a\r\nX: y.wav"', "aX_ y.wav"),
        ('attachment; filename=".."', "Song one.mp3"),
        ('attachment; filename="/"', "Song one.mp3"),
        ('attachment; filename=".htaccess"', "htaccess.mp3"),
        ('attachment; filename="a<b>:c|?*.wav"', "a_b__c___.wav"),
        ("attachment; filename*=UTF-8''a%E2%80%AEgpj.wav", "agpj.wav"),
        ("attachment; filename*=UTF-8''a%00b%0A.wav", "ab.wav"),
        ('attachment; filename="talk no. 5 about"', "talk no. 5 about.mp3"),
    ],
)
def test_what_the_source_declares(disposition: str, name: str) -> None:
    assert file_name(disposition, URL, extension="mp3") == name


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.com/", "download.wav"),
        ("https://example.com/a%2F..%2Fb.mp3", "b.mp3"),
        ("https://example.com/%2e%2e", "download.wav"),
        ("https://example.com/stream/", "stream.wav"),
        ("https://example.com/%E6%AD%8C.flac", "歌.flac"),
        ("https://example.com/%ff%00.mp3", "�.mp3"),
    ],
)
def test_what_the_path_says(url: str, name: str) -> None:
    assert file_name("", url, extension="wav") == name


@pytest.mark.parametrize("stem", ["a" * 300, "歌" * 100, "ü" * 200])
def test_a_long_name_is_cut_and_keeps_its_ending(stem: str) -> None:
    name = file_name("", f"https://example.com/{stem}.flac", extension="wav")

    assert MAX_NAME_BYTES - 4 < len(name.encode()) <= MAX_NAME_BYTES
    assert name.endswith(f"{stem[0]}.flac")
