from __future__ import annotations

import pytest

from accounts.models import User
from tests.wallet.cast import fund


@pytest.fixture
def user(db: None) -> User:
    """An account without any credit."""
    return User.objects.create_user("owner@example.org")


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create_user("stranger@example.org")


@pytest.fixture
def rich(user: User) -> User:
    """The account with a dollar."""
    fund(user, 1_000_000)
    return user
