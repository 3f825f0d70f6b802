"""Files to decode, and a decoder process that must be clean afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from audio.codecs.convert import convert, converter_process
from audio.codecs.decode import DecodedAudio, DecodeError, DecodeLimits, DecodeReason, decode
from audio.codecs.decoder_process import decoder_process
from audio.codecs.targets import Quality, Target
from audio.codecs.verdict import Converted
from tests.audio.codecs.made import LIMITS, Convert

_PROCESSES = (decoder_process, converter_process)
Refusal = Callable[..., DecodeReason]


@pytest.fixture(scope="module", autouse=True)
def _no_process_is_left() -> Iterator[None]:
    """Whatever the tests of a module do, no child stays behind, alive or as a zombie."""
    for running in _PROCESSES:
        running.stop()
    before = {process.pid for process in psutil.Process().children(recursive=True)}
    yield
    for running in _PROCESSES:
        if running.pid is not None:  # a child answers just before it exits
            psutil.wait_procs(psutil.Process(running.pid).children(), timeout=2)
            assert psutil.Process(running.pid).children() == []
        running.stop()
    after = {process.pid for process in psutil.Process().children(recursive=True)}
    assert after <= before


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "decoded.pcm"


@pytest.fixture
def decoded(output: Path) -> Callable[..., DecodedAudio]:
    """`decoded(path, max_seconds=…)`"""
    return lambda source, **limits: decode(source, output, limits=DecodeLimits(**limits))


@pytest.fixture
def refused(output: Path) -> Refusal:
    """`refused(path, max_seconds=…)` is the reason; no output was left."""

    def refused(source: Path, **limits: float) -> DecodeReason:
        with pytest.raises(DecodeError) as error:
            decode(source, output, limits=DecodeLimits(**limits))
        assert not output.exists()
        return error.value.reason

    return refused


@pytest.fixture
def converted(tmp_path: Path) -> Convert:
    """`converted(source, target)` is the new file, and what is told of it."""

    def convert_it(
        source: Path,
        target: Target,
        quality: Quality = Quality.HIGH,
        limits: DecodeLimits = LIMITS,
        alive: Callable[[float], None] = lambda seconds: None,
    ) -> tuple[Path, Converted]:
        path = tmp_path / f"from-{source.stem}.{target}"
        with path.open("w+b") as output:
            made = convert(
                source, output, target=target, quality=quality, limits=limits, alive=alive
            )
        return path, made

    return convert_it
