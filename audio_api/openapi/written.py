"""The YAML files of this folder, and those of `native/` on AudioPod's own endpoints."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

Written = dict[str, Any]

FOLDER = Path(__file__).parent
FOLDERS = (FOLDER, FOLDER / "native")


@cache
def written(name: str) -> Written:
    """Every `name.yaml` as one, read once. What comes back is shared: copy what you change."""
    whole: Written = {}
    for path in (folder / f"{name}.yaml" for folder in FOLDERS):
        _lay_over(whole, yaml.safe_load(path.read_text(encoding="utf-8")))
    return whole


def _lay_over(whole: Written, part: Written) -> None:
    """Add what a file has to what others had. Raises ValueError where both have the same."""
    for key, value in part.items():
        if key not in whole:
            whole[key] = value
        elif key in {"headers", "responses"}:
            _lay_over(whole[key], value)
        else:
            raise ValueError(f"{key} is described twice: keep one of them.")
