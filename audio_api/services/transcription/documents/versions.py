"""The history of a transcript that people correct."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a transcript: 1 is what the engine heard, each edit adds one.

    changes_count: segments that this edit added, removed or changed.
    """

    version: int
    edit_notes: str
    updated_at: datetime
    changes_count: int

    def to_json(self) -> dict[str, Any]:
        """As a list of versions answers it."""
        return {
            "version": self.version,
            "edit_notes": self.edit_notes,
            "updated_at": self.updated_at.isoformat(),
            "changes_count": self.changes_count,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            version=data["version"],
            edit_notes=data["edit_notes"],
            updated_at=datetime.fromisoformat(data["updated_at"]),
            changes_count=data["changes_count"],
        )
