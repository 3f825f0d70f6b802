"""Metadata: what a client writes on an object."""

from __future__ import annotations


def merged(before: dict[str, str], given: dict[str, str] | str | None) -> dict[str, str]:
    """As an update leaves it: keys are added, an empty text removes its key, "" removes all."""
    if given == "":
        return {}
    together = before | (given if isinstance(given, dict) else {})
    return {name: value for name, value in together.items() if value != ""}
