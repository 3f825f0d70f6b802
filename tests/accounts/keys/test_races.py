"""Keys that two use at once: each connection to the database sees what another has done."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts import services
from accounts.models import ApiKey, User
from tests.calling import Caller

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True), pytest.mark.race]


def elsewhere(act: Callable[[], Any]) -> Any:
    """Do it in another thread, which has a connection of its own, as another process has."""

    def run() -> Any:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def test_a_revoked_key_is_refused_by_the_next_request_of_any_process(
    ada: User, key: ApiKey, token: str
) -> None:
    """Nothing keeps a key in mind: each request asks the database."""
    caller = Caller(token)
    assert caller.get("/auth/me").status_code == 200
    assert elsewhere(lambda: caller.get("/auth/me").status_code) == 200

    elsewhere(lambda: services.revoke(key))

    assert caller.get("/auth/me").status_code == 401
    assert elsewhere(lambda: caller.get("/auth/me").status_code) == 401


def test_of_many_who_rotate_a_key_at_once_one_does(ada: User, key: ApiKey) -> None:
    gate = Barrier(6)

    def rotate(_number: int) -> str:
        gate.wait()
        try:
            services.rotate(key, overlap=timedelta(hours=1))
        except services.AlreadyRotated:
            return "rotated already"
        else:
            return "made"
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        told = sorted(pool.map(rotate, range(6)))

    assert told == ["made", *["rotated already"] * 5]
    assert ApiKey.objects.filter(replaces=key).count() == 1
