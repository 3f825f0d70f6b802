"""Ada, who has used everything, and somebody else who must lose nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import ApiKey, User
from accounts.services import create_api_key
from audio_api.jobs import settlement
from audio_api.models import Job
from tests.accounts.conftest import PASSWORD
from tests.accounts.signing_in import log_in, reauthenticate
from tests.wallet.cast import fund
from tests.wallet.conftest import recording  # noqa: F401  (a fixture)
from voices.models import FavouriteVoice, VoiceProfile
from wallet import services as wallet


@pytest.fixture(autouse=True)
def quick(settings: Settings, tmp_path: Any) -> Iterator[None]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    yield
    cache.clear()


@dataclass
class Cast:
    user: User
    key: ApiKey
    token: str
    voice: VoiceProfile


def a_life(email: str) -> Cast:
    """An account with a dollar, a key, a voice, a favourite and a kept result."""
    user = User.objects.create_user(email, PASSWORD, first_name="Ada", last_name="Lovelace")
    fund(user, 1_000_750)
    key, token = create_api_key(user=user, name='=HYPERLINK("x")')
    voice = VoiceProfile.objects.create(
        name=f"own-{user.pk}", engine="piper", engine_voice="x", language="en-US", owner=user
    )
    voice.preview.save("own.mp3", ContentFile(b"own voice"))
    FavouriteVoice.objects.create(user=user, voice=voice)
    kept_result(user, key)
    return Cast(user, key, token, voice)


def kept_result(user: User, key: ApiKey) -> Job:
    """A job that cost $0.00075, whose audio is kept for its idempotency key."""
    job = Job(
        user=user,
        api_key=key,
        request_id="req_1",
        kind="speech",
        status=Job.Status.RUNNING,
        attempt=1,
        model="tts-1",
        voice_name="nova",
        idempotency_key="once",
        queue_deadline=timezone.now(),
        price_micros_per_minute=30_000,
        held_micros=1_000,
    )
    wallet.hold(
        user=user,
        job_id=job.id,
        amount_micros=1_000,
        seconds=60,
        api_key=key,
        service="text_to_speech",
        price_micros_per_minute=30_000,
    )
    job.save(force_insert=True)
    path = default_storage.save(f"results/{user.pk}", ContentFile(b"what was said"))
    settlement.succeed(job, 1, audio_ms=1_500, result=path)
    return job


@pytest.fixture
def ada(db: None) -> Cast:
    return a_life("ada@example.com")


@pytest.fixture
def eve(db: None) -> Cast:
    return a_life("eve@example.com")


@pytest.fixture
def as_ada(ada: Cast, client: Client) -> Client:
    """Logged in, and shown once more that it is she."""
    log_in(client, ada.user.email, PASSWORD)
    reauthenticate(client, PASSWORD)
    return client
