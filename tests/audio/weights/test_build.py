"""Parts become one file, and voices become the same bytes on every machine."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from audio.weights.build import Member, build_file
from tests.audio.weights.conftest import sha256

TINY_VOICES_SHA256 = "197bd2913a4873505d43e0c2590a17311acecbbe2697ad5bdb68252daa6ea072"


def members(**contents: bytes) -> list[Member]:
    return [(f"voices/{name}.bin", io.BytesIO(content)) for name, content in contents.items()]


def voice(first: int, rows: int = 2) -> bytes:
    return np.arange(first, first + rows * 256, dtype="<f4").tobytes()


def test_parts_are_concatenated_in_their_order(tmp_path: Path) -> None:
    build_file("concatenate", members(b=b"one ", a=b"two"), tmp_path / "out")

    assert (tmp_path / "out").read_bytes() == b"one two"


def test_voices_load_as_numpy_arrays(tmp_path: Path) -> None:
    build_file("voices", members(af_sky=voice(0), am_echo=voice(7)), tmp_path / "voices.npz")

    with np.load(tmp_path / "voices.npz") as voices:
        assert voices.files == ["af_sky", "am_echo"]
        assert voices["am_echo"].shape == (2, 1, 256)
        assert voices["am_echo"].dtype == np.float32
        assert voices["am_echo"][0, 0, 0] == 7


def test_voices_have_bytes_that_can_be_pinned(tmp_path: Path) -> None:
    """Other bytes here mean that nobody's voices would pass the sha256 of the catalogue."""
    build_file("voices", members(af_sky=voice(0), am_echo=voice(7)), tmp_path / "one")
    build_file("voices", members(am_echo=voice(7), af_sky=voice(0)), tmp_path / "other")

    assert sha256((tmp_path / "one").read_bytes()) == TINY_VOICES_SHA256
    assert sha256((tmp_path / "other").read_bytes()) == TINY_VOICES_SHA256


def test_half_a_voice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="reshape"):
        build_file("voices", members(af_sky=voice(0)[:1000]), tmp_path / "voices.npz")
