"""For pages that staff can only read."""

from __future__ import annotations

from typing import Any


class ReadOnly:
    """Mixed into an admin: staff read the rows, and cannot add, change or delete any."""

    def has_add_permission(self, *_args: Any) -> bool:
        return False

    def has_change_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        return False

    def has_delete_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        return False
