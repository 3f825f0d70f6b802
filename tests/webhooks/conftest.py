"""An account, its endpoint, and a receiver on loopback that the operator allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from tests.harness.receiver import EventReceiver
from webhooks import endpoints, tasks
from webhooks.models import Endpoint, Receiver

Open = Callable[..., EventReceiver]


@pytest.fixture
def user() -> User:
    return User.objects.create_user("hook@example.com")


@pytest.fixture
def stranger() -> User:
    return User.objects.create_user("stranger@example.com")


@pytest.fixture(autouse=True)
def _loopback_is_allowed(settings: Settings) -> None:
    settings.WEBHOOK_ALLOW = ["127.0.0.0/8"]


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[Receiver]:
    """For whom a worker was woken, and no worker comes."""
    woken: list[Receiver] = []
    monkeypatch.setattr(tasks, "ring", woken.append)
    return woken


@pytest.fixture
def opened() -> Iterator[Open]:
    """`opened(behaviour)`: one more receiver, for as long as the test."""
    with ExitStack() as stack:
        yield lambda *args, **kwargs: stack.enter_context(EventReceiver(*args, **kwargs))


@pytest.fixture
def receiver(opened: Open) -> EventReceiver:
    return opened()


@pytest.fixture
def endpoint(user: User, receiver: EventReceiver) -> Endpoint:
    made, receiver.secret = endpoints.create(user, url=receiver.url)
    return made


def make(user: User, of: EventReceiver, **told: Any) -> Endpoint:
    """One more endpoint, whose receiver knows its secret."""
    made, of.secret = endpoints.create(user, url=of.url, **told)
    return made
