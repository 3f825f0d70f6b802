"""Who runs the place."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User


@pytest.fixture
def boss(client: Client, db: None) -> User:
    """A superuser, logged in as `client`."""
    user = User.objects.create_superuser("boss@example.org")
    client.force_login(user)
    return user
