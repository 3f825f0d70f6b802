"""What the documentation says of a limit."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import ngettext


@dataclass(frozen=True, slots=True)
class Limit:
    """setting: what an operator changes it by, or ""."""

    of: str | Promise
    value: str
    setting: str = ""


def characters(count: int) -> str:
    """`4096 characters`"""
    return ngettext("%(count)d character", "%(count)d characters", count) % {"count": count}
