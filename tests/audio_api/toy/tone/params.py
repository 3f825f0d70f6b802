"""What was asked of a tone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class ToneRequest:
    """A tone for somebody. dedication: the client's words."""

    SHOWN: ClassVar[tuple[str, ...]] = ("pitch",)
    KEPT: ClassVar[tuple[str, ...]] = ("model", "milliseconds")

    milliseconds: int
    pitch: int
    dedication: str
    model: str = "bell-1"

    def stored(self) -> dict[str, Any]:
        return asdict(self)
