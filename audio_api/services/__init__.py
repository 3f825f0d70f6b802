"""What AudioPod sells: a kind of work is one folder here, and nothing outside of it names it."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from accounts import scopes
from audio_api import registry
from audio_api.registry import Service
from audiopod.common import features
from wallet import offers


def found() -> Iterator[Service]:
    """What each folder sells, as `SERVICES` in its `service.py`, by the names of the folders."""
    for folder in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        yield from import_module(f"{__name__}.{folder.name}.service").SERVICES


def register_all() -> None:
    """Make each of them known here, what it sells to the wallet, and what it is switched off by.

    What is known already stays. Raises ValueError where two of them have one name.
    """
    for service in found():
        registry.register(service)
        scopes.register(service.scope, service.scope_label)
        offers.register(service.offer)
        features.register(service.switch)
