"""What is asked of the files of a Piper voice before it is tried."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audio.engines.speech.piper_config import (
    CONFIG_BYTES,
    LARGEST_MODEL_BYTES,
    NotAVoice,
    PiperFacts,
    check_model,
    read_config,
)

SANE: dict[str, Any] = {
    "audio": {"sample_rate": 22050},
    "espeak": {"voice": "en-gb"},
    "num_symbols": 256,
    "num_speakers": 1,
    "phoneme_id_map": {"a": [1]},
}


def config(**changes: Any) -> bytes:
    return json.dumps(SANE | changes).encode()


def test_a_sane_configuration_tells_the_facts() -> None:
    assert read_config(config()) == PiperFacts("en-gb", 22050, 1)
    told = config(language={"code": "pt_BR"}, num_speakers=904, phoneme_type="text")
    assert read_config(told) == PiperFacts("pt-BR", 22050, 904)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"[" * 100_000,
        b" " * (CONFIG_BYTES + 1),
        config(audio=None),
        config(audio={"sample_rate": 0}),
        config(audio={"sample_rate": 10**9}),
        config(audio={"sample_rate": "22050"}),
        config(audio={"sample_rate": True}),
        config(num_speakers=0),
        config(num_symbols=None),
        config(phoneme_type="japanese"),
        config(phoneme_type=["espeak"]),
        config(phoneme_id_map={}),
        config(phoneme_id_map={"a": 1}),
        config(phoneme_id_map={"a": ["1"]}),
        config(espeak={"voice": "../../etc/passwd"}),
        config(espeak={}),
        config(language={"code": "English!"}),
        config(language={"code": 7}),
    ],
)
def test_nonsense_is_refused(data: bytes) -> None:
    with pytest.raises(NotAVoice):
        read_config(data)


def sparse(path: Path, head: bytes, size: int) -> Path:
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size)
    return path


def test_a_model_is_known_by_its_head(tmp_path: Path) -> None:
    check_model(sparse(tmp_path / "good", b"\x08\x07", 1_000_000))


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (b"\x08\x07", 99_999),
        (b"\x08\x07", LARGEST_MODEL_BYTES + 1),
        (b"PK", 1_000_000),
        (b"\x08\xff", 1_000_000),
        (b"", 0),
    ],
)
def test_what_is_no_model_is_refused(tmp_path: Path, head: bytes, size: int) -> None:
    with pytest.raises(NotAVoice):
        check_model(sparse(tmp_path / "bad", head, size))
