"""Which weights an installation fetches by itself."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from audio_api.process import wanted

USUAL = ["whisper-base", "kokoro", "piper-en_US-joe-medium"]


@pytest.mark.parametrize(
    ("model", "threads", "more"),
    [
        ("whisper-base", 2, []),
        ("whisper-medium", 2, ["whisper-medium"]),
        ("/srv/a-folder", 2, []),
        ("Systran/faster-distil-whisper-small.en", 2, []),
        ("auto", 2, []),
        ("auto", 8, ["whisper-small"]),
    ],
)
def test_what_transcribes_is_fetched_beside_what_works_everywhere(
    settings: Settings, model: str, threads: int, more: list[str]
) -> None:
    settings.WHISPER_MODEL, settings.ENGINE_THREADS = model, threads
    settings.ENGINE_DEVICE = "cpu"
    assert [asset.name for asset in wanted.assets()] == [*USUAL, *more]


def test_on_a_gpu_the_largest_is_fetched(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wanted.choosing, "has_gpu", lambda device: device == "auto")
    settings.WHISPER_MODEL, settings.ENGINE_DEVICE = "auto", "auto"
    assert [asset.name for asset in wanted.assets()] == [*USUAL, "whisper-large-v3"]
