"""The YAML files of this folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

Written = dict[str, Any]


@cache
def written(name: str) -> Written:
    """`name.yaml`, read once. What comes back is shared: copy what you change."""
    text = Path(__file__).with_name(f"{name}.yaml").read_text(encoding="utf-8")
    content: Written = yaml.safe_load(text)
    return content
