"""Stripe's form encoding: `a[b]=1&c[0][d]=2` is `{"a": {"b": "1"}, "c": [{"d": "2"}]}`."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from fake_stripe.errors import invalid

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")
_FIELDS = 1_000


def decode(text: str) -> dict[str, Any]:
    """The nested parameters of a form or a query. Raises ApiError for a name out of shape."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS):
        found = _NAME.fullmatch(name)
        if found is None:
            raise invalid(f"Invalid parameter name: {name}", param=name)
        _plant(tree, [found[1], *_PART.findall(found[2])], value, name)
    return {key: _lists(value) for key, value in tree.items()}


def _plant(tree: dict[str, Any], path: list[str], value: str, name: str) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise invalid(f"Invalid parameter: {name} is given twice", param=name)
    tree[path[-1] or str(len(tree))] = value


def _lists(value: Any) -> Any:
    """Hashes whose keys count 0, 1, 2 … are arrays."""
    if not isinstance(value, dict):
        return value
    filled = {key: _lists(item) for key, item in value.items()}
    if filled and all(key.isdigit() for key in filled):
        return [filled[key] for key in sorted(filled, key=int)]
    return filled
