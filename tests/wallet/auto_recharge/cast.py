"""Short words for time and state."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from wallet.models import AutoRecharge


def later(**time: float) -> datetime:
    return timezone.now() + timedelta(**time)


def state_of(user: User) -> tuple[str, int]:
    now = AutoRecharge.objects.get(pk=user.pk)
    return now.state, now.failures
