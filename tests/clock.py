"""What time it is, as far as Django knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from unittest import mock


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """`timezone.now()`, and with it the default of every `created_at`, is this moment."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return moment.astimezone(tz)

    with mock.patch("django.utils.timezone.datetime", Stopped):
        yield
