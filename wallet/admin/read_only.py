"""What staff only look at."""

from __future__ import annotations

from typing import Any


class ReadOnly:
    """Mixed into an admin: staff look, nobody adds, changes or deletes."""

    def has_add_permission(self, *_args: Any) -> bool:
        return False

    def has_change_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        return False

    def has_delete_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        return False
