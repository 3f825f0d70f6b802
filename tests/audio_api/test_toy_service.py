"""A kind of work that the product has never heard of is one folder, and nothing else is edited.

The folder is `toy/tone/`. It is found as the others are, and a request for it goes through the
gate, HTTP, the queue of the process, a worker and the ledger, to every page that shows requests.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import clear_url_caches, reverse
from dramatiq import Worker
from waffle.testutils import override_switch

import audio_api.urls
import audiopod.urls
from accounts import limits, scopes
from accounts.models import User
from accounts.services import create_api_key
from audio_api import registry, services
from audio_api.jobs import admission, attempts
from audio_api.models import Job, UsageDay
from audio_api.openapi import document
from audio_api.openapi.written import written
from audio_api.process import prices
from audiopod.asgi import application
from audiopod.common import features
from audiopod.common.months import Month
from audiopod.queue.broker import BACKGROUND, BATCH, INTERACTIVE, broker
from dashboard.statements.lines import write_csv
from tests.audio_api.halves import CREDIT, speech, spent
from tests.audiopod.serving import serving
from tests.wallet.cast import fund
from wallet import audit, offers
from wallet.models import Rate

TOYS = str(Path(__file__).parent / "toy")
ASKED = {"milliseconds": 2_000, "pitch": 440, "dedication": "for my secret love"}
COST_MICROS = 2_000
"""Two seconds at six cents a minute."""

pytestmark = pytest.mark.django_db(transaction=True)


def _forget_what_was_made_of_the_registry() -> None:
    written.cache_clear()
    for made in (document._document, document.as_json, document.as_yaml):
        made.cache_clear()
    importlib.reload(audio_api.urls)
    importlib.reload(audiopod.urls)
    clear_url_caches()


@pytest.fixture
def tone(transactional_db: None) -> Iterator[registry.Service]:
    """The process as if the folder had been there when it started, and migrated."""
    services.__path__.append(TOYS)
    services.register_all()
    _forget_what_was_made_of_the_registry()
    prices.make_missing()
    features.make_missing()
    yield registry.get("tone")
    services.__path__.remove(TOYS)
    del registry._services["tone"], offers._offers["tone_making"], features._features["tone"]
    del scopes._labels["tones:ring"]
    for name in [name for name in sys.modules if name.startswith("audio_api.services.tone")]:
        del sys.modules[name]
    _forget_what_was_made_of_the_registry()


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Takes messages from the queue that lies in this process."""
    monkeypatch.setattr(admission, "_queue", admission._Queue())
    cache.clear()
    limits._limiter.cache_clear()
    at_work = Worker(broker, worker_threads=1, queues={INTERACTIVE, BATCH, BACKGROUND})
    at_work.start()
    yield
    at_work.stop()
    broker.flush_all()
    limits._limiter.cache_clear()


@pytest.fixture
def ada(transactional_db: None) -> User:
    user = User.objects.create_user("ada@example.com", is_staff=True, is_superuser=True)
    fund(user, CREDIT)
    return user


@pytest.fixture
def api(tone: registry.Service, worker: None, ada: User) -> Iterator[httpx.Client]:
    _, token = create_api_key(user=ada, name="Bells")
    headers = {"Authorization": f"Bearer {token}"}
    with (
        serving(application) as served,
        httpx.Client(
            base_url=f"http://127.0.0.1:{served.port}/api/v1/", headers=headers, timeout=30
        ) as client,
    ):
        yield client


@pytest.fixture
def rung(api: httpx.Client) -> Job:
    answer = api.post("tones", json=ASKED)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/pcm"), answer.text
    assert len(answer.content) == 4_000
    return Job.objects.get()


@pytest.fixture
def reader(client: Client, ada: User) -> Client:
    ada.language = "de"
    ada.save()
    client.force_login(ada)
    return client


def words(client: Client, url: str) -> str:
    answer = client.get(url, headers={"Accept-Language": "de"})
    assert answer.status_code == 200, url
    return " ".join(answer.content.decode().split())


def test_it_is_sold_and_paid(rung: Job, ada: User) -> None:
    assert (rung.kind, rung.status) == ("tone", Job.Status.SUCCEEDED)
    assert (rung.audio_ms, rung.cost_micros) == (2_000, COST_MICROS) == (2_000, spent(ada))
    assert rung.params == {"model": "bell-1", "milliseconds": 2_000, "pitch": 440}
    day = UsageDay.objects.get()
    assert (day.kind, day.requests, day.cost_micros) == ("tone", 1, COST_MICROS)
    assert audit.audit().breaches == []


def test_the_endpoints_of_the_wallet_know_it(rung: Job, api: httpx.Client) -> None:
    assert "tone_making" in api.get("api-wallet/service-types").json()
    assert "tone_making" in api.get("api-wallet/pricing").json()["services"]
    (used,) = api.get("api-wallet/usage").json()["logs"]
    assert (used["service_type"], used["amount_micros"]) == ("tone_making", COST_MICROS)


def test_its_owner_sees_it_on_every_page_in_german(rung: Job, reader: Client) -> None:
    month = Month.of(datetime.now(UTC))
    ledger = words(reader, reverse("ledger"))
    assert "Tone" in ledger
    assert re.search(r"Tone <span class=\"soft small charge\"> 2 s . \$0\.06 pro Minute", ledger)
    lines = StringIO()
    write_csv(rung.user, month, lines)
    assert ",tone," in lines.getvalue()
    assert reader.get(reverse("statement", args=[str(month), "pdf"])).status_code == 200
    page = words(reader, reverse("request", args=[rung.pk]))
    assert "<h1>Tone</h1>" in page
    assert "440" in page
    assert "secret" not in page
    assert '<option value="tone">tone</option>' in words(reader, reverse("usage"))
    assert "Tone" in words(reader, reverse("dashboard"))
    assert "Tones" in words(reader, reverse("docs"))
    assert "too_high" in words(reader, reverse("docs-page", args=["errors"]))
    assert "/tones" in words(reader, reverse("docs-page", args=["endpoints"]))


def test_operators_see_it_too(rung: Job, reader: Client) -> None:
    listing = words(reader, reverse("admin:audio_api_job_changelist") + "?kind__exact=tone")
    assert str(rung.pk) in listing
    assert "Nobody gets a tone." in words(reader, reverse("admin:waffle_switch_changelist"))
    assert Rate.objects.get(service_type="tone_making").price_micros_per_minute == 60_000


def test_it_is_described(tone: registry.Service) -> None:
    operation = document.document()["paths"]["/tones"]["post"]
    assert operation["security"][0] == {"BearerKey": [tone.scope]}
    body: Any = document.document()["components"]["schemas"]["CreateToneRequest"]
    assert body["properties"]["pitch"]["description"] == "In Hertz."


def test_it_is_refused_as_the_others_are(api: httpx.Client) -> None:
    assert api.post("tones", json=ASKED | {"pitch": 30_000}).json()["error"]["code"] == "too_high"
    without_key = api.post("tones/tuned", content=b"x", headers={"Authorization": ""})
    assert without_key.status_code == 401, "the gate asks who sends a recording"
    with override_switch("tone", active=False):
        refused = api.post("tones", json=ASKED).json()["error"]
    assert refused["code"] == "switched_off"
    assert refused["message"].startswith("The making of tones is switched off")


def test_a_job_of_an_unknown_kind_fails_and_costs_nothing(ada: User) -> None:
    job, _ = speech(ada)
    Job.objects.filter(pk=job.pk).update(kind="yodelling")
    attempts.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.error_code) == (Job.Status.FAILED, "internal_error")
    assert (job.params, spent(ada)) == ({}, 0)
    assert audit.audit().breaches == []
