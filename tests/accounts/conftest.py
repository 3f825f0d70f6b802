"""The cast: Ada owns a key, Eve is a stranger, Sam is staff."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from accounts import limits
from accounts.models import ApiKey, User
from accounts.services import create_api_key

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def no_attempts_counted() -> Iterator[None]:
    cache.clear()
    limits._limiter.cache_clear()
    yield
    cache.clear()
    limits._limiter.cache_clear()


@pytest.fixture(autouse=True)
def cheap_passwords(settings: Settings) -> None:
    """Argon2 takes its time on purpose; these tests log in often."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada@example.com", PASSWORD)


@pytest.fixture
def eve(db: None) -> User:
    return User.objects.create_user("eve@example.com", PASSWORD)


@pytest.fixture
def sam(db: None) -> User:
    return User.objects.create_superuser("sam@example.com", PASSWORD)


@pytest.fixture
def made(ada: User) -> tuple[ApiKey, str]:
    """Ada's key and its token."""
    return create_api_key(user=ada, name="Laptop")


@pytest.fixture
def key(made: tuple[ApiKey, str]) -> ApiKey:
    return made[0]


@pytest.fixture
def token(made: tuple[ApiKey, str]) -> str:
    return made[1]


@pytest.fixture
def as_ada(ada: User, client: Client) -> Client:
    client.force_login(ada)
    return client


@pytest.fixture
def as_eve(eve: User) -> Client:
    client = Client()
    client.force_login(eve)
    return client


@pytest.fixture
def as_sam(sam: User) -> Client:
    client = Client()
    client.force_login(sam)
    return client
