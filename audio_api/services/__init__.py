"""What AudioPod sells: a kind of work is one folder here, and nothing outside of it names it."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from audio_api.registry import Service


def found() -> Iterator[Service]:
    """What each folder sells, as `SERVICES` in its `service.py`, by the names of the folders."""
    for folder in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        yield from import_module(f"{__name__}.{folder.name}.service").SERVICES
