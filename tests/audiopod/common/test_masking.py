"""What opens something is not written into a log."""

from __future__ import annotations

import pytest

from audiopod.common.masking import mask_keys


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("GET /media/WzEsMl0.lk_v-h/words.mp3 200", "GET /media/****/words.mp3 200"),
        ("http://a.de/media/WzEsMl0.lkv/a.mp3?x=1", "http://a.de/media/****/a.mp3?x=1"),
        ("GET /media/ 404", "GET /media/ 404"),
        (f"ap_{'a' * 34}wxyz", "ap_****wxyz"),
    ],
)
def test_keys_and_links_are_masked(said: str, written: str) -> None:
    assert mask_keys(said) == written
