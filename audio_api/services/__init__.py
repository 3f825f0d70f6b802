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
    """What each folder sells, as `SERVICES` in its `service.py`, by their places and the names of
    the folders."""
    folders = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [import_module(f"{__name__}.{folder}.service") for folder in folders]
    every = [service for module in modules for service in module.SERVICES]
    yield from sorted(every, key=lambda service: service.place)


def register_all() -> None:
    """Make each of them known here, what it sells to the wallet, and what it is switched off by.

    What is known already stays. Raises ValueError where two of them have one name.
    """
    for service in found():
        registry.register(service)
        scopes.register(service.scope, service.scope_label)
        offers.register(service.offer)
        features.register(service.switch)
