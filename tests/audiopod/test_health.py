"""What supervisors, load balancers and Prometheus are told."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from audio.engines import status
from audio_api.process import boot

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _engines_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boot.ready, "is_set", lambda: True)


def test_alive_asks_nobody(client: Client, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert client.get("/healthz").json() == {"status": "ok", "service": "audiopod"}


def test_ready_when_all_is_there(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]) == (
        200,
        {"database": "ok", "engines": "ok"},
    )


def test_not_ready_while_engines_load(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boot.ready, "is_set", lambda: False)
    assert client.get("/readyz").status_code == 503


def test_not_ready_with_a_broken_engine_and_says_which(client: Client) -> None:
    status.mark("kokoro", ok=False, detail="it made noise")
    status.mark("piper", ok=True)
    try:
        answer = client.get("/readyz")
    finally:
        status.mark("kokoro", ok=True)
    assert answer.status_code == 503
    assert answer.json()["engines"].items() >= {"kokoro": "it made noise", "piper": "ok"}.items()
    assert answer.json()["checks"]["engines"] == "kokoro: it made noise"


def test_not_ready_without_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise DatabaseError

    monkeypatch.setattr(connection, "cursor", away)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["database"]) == (
        503,
        "does not answer: DatabaseError",
    )


def test_metrics_count_answers_by_route_and_open_jobs(client: Client) -> None:
    client.get("/api/v1/models/secret-name-of-a-user")
    body = client.get("/metrics").content.decode()
    assert 'audiopod_open_jobs{status="queued"} 0.0' in body
    assert 'route="api/v1/models/<path:name>"' in body
    assert "secret-name" not in body
