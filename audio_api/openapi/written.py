"""The words of the description: those of this folder, of `native/` on AudioPod's own endpoints, of
`webhooks/`, and those that each kind of work has in its `openapi.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from audio_api import services

Written = dict[str, Any]

FOLDER = Path(__file__).parent
FOLDERS = (FOLDER, FOLDER / "native", FOLDER / "webhooks")


@cache
def written(name: str) -> Written:
    """Every `name.yaml` as one, and what services have under `name`, read once.

    What comes back is shared: copy what you change.
    """
    whole: Written = {}
    for path in (folder / f"{name}.yaml" for folder in FOLDERS):
        _lay_over(whole, _read(path))
    for service in services.__path__:
        for path in sorted(Path(service).glob("*/openapi.yaml")):
            _lay_over(whole, _read(path).get(name, {}))
    return whole


def words_of(serializer: type[Any]) -> Written:
    """Of the fields of a class, and of those that it has from others."""
    words: Written = {}
    for each in reversed(serializer.__mro__):
        words |= written("fields").get(each.__name__, {})
    return words


def _read(path: Path) -> Written:
    read: Written = yaml.safe_load(path.read_text(encoding="utf-8"))
    return read


def _lay_over(whole: Written, part: Written) -> None:
    """Add what a file has to what others had. Raises ValueError where both have the same."""
    for key, value in part.items():
        if key not in whole:
            whole[key] = value
        elif key in {"headers", "responses"}:
            _lay_over(whole[key], value)
        else:
            raise ValueError(f"{key} is described twice: keep one of them.")
