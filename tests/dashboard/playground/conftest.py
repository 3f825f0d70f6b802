"""A playground behind a real socket, with a worker and an engine that do what a test says."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client

from accounts import limits
from accounts.models import User
from audio.codecs.verdict import PCM_RATE, DecodedAudio
from audio_api import channel
from audio_api.jobs import admission, attempts, start
from audio_api.models import Job
from audio_api.services.transcription import decoding
from audiopod.asgi import application
from tests.audiopod.serving import serving
from tests.wallet.cast import fund
from voices.models import VoiceProfile

CREDIT_MICROS = 1_000_000
HEARD_SECONDS = 3
SendAs = Callable[[User], httpx.Client]


@pytest.fixture
def counted_afresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(admission, "_queue", admission._Queue())
    cache.clear()
    limits._limiter.cache_clear()
    yield
    limits._limiter.cache_clear()
    channel.memory._channels.clear()


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Works each job in a thread of its own, as soon as it is enqueued."""
    threads: list[threading.Thread] = []

    def work(job_id: uuid.UUID) -> None:
        attempts.run(job_id)
        connections.close_all()

    def enqueue(job: Job) -> None:
        threads.append(threading.Thread(target=work, args=(job.pk,)))
        threads[-1].start()

    monkeypatch.setattr(start, "enqueue", enqueue)
    yield
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive(), "a job did not end"


@pytest.fixture
def decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes any file for three seconds of silence."""

    async def decoded(source: Path, target: Path, **limits: object) -> DecodedAudio:
        samples = HEARD_SECONDS * PCM_RATE
        target.write_bytes(bytes(samples * 2))
        return DecodedAudio(target, samples)

    monkeypatch.setattr(decoding, "decode_async", decoded)


@pytest.fixture
def voice(transactional_db: None) -> VoiceProfile:
    VoiceProfile.objects.all().delete()
    return VoiceProfile.objects.create(
        name="nova",
        display_name="Nova",
        engine="double",
        engine_voice="nova",
        language="en-US",
        is_installed=True,
    )


@pytest.fixture
def ada(transactional_db: None) -> User:
    user = User.objects.create_user("ada@example.com")
    fund(user, CREDIT_MICROS)
    return user


@pytest.fixture
def eve(transactional_db: None) -> User:
    user = User.objects.create_user("eve@example.com")
    fund(user, CREDIT_MICROS)
    return user


@pytest.fixture
def site(counted_afresh: None, worker: None, transactional_db: None) -> Iterator[str]:
    with serving(application) as served:
        yield f"http://127.0.0.1:{served.port}"


@contextmanager
def logged_in(site: str, user: User) -> Iterator[httpx.Client]:
    """A browser of somebody who is logged in, with the token that every form of theirs has."""
    session = Client()
    session.force_login(user)
    (cookie,) = session.cookies.values()
    with httpx.Client(base_url=site, cookies={cookie.key: cookie.value}, timeout=30) as browser:
        page = browser.get("/playground/transcription/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        browser.headers.update({"X-CSRFToken": token[1], "Accept": "*/*"})
        yield browser


@pytest.fixture
def browser(site: str, ada: User) -> Iterator[httpx.Client]:
    with logged_in(site, ada) as client:
        yield client
