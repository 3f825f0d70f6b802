"""The page of one request: what became of it and what it cost, for its owner alone."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import create_api_key
from audio_api.jobs import settlement
from audio_api.models import Job, UsageDay
from tests.audio_api.halves import CREDIT, speech
from tests.audio_api.jobs.conftest import _media, _no_queue, _whole_ledger, user
from tests.dashboard.usage.cast import SAID, used
from tests.pages import Page, page_of
from wallet import pricing
from wallet import services as wallet

__all__ = ["_media", "_no_queue", "_whole_ledger", "user"]
pytestmark = pytest.mark.django_db
WORDS = "the words that it is to say"


@pytest.fixture
def as_user(user: User, client: Client) -> Client:
    client.force_login(user)
    return client


def look(client: Client, job: Job) -> tuple[Page, str]:
    """The page, and its words."""
    answer = client.get(reverse("request", args=[job.pk]))
    words = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return page_of(answer), " ".join(words.split())


def working(user: User, **asked: Any) -> Job:
    job, _ = speech(user, text=WORDS, **asked)
    assert Job.objects.claim(job.id, lease=timedelta(seconds=60)) == 1
    job.refresh_from_db()
    return job


def test_a_request_that_was_paid(
    user: User, as_user: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pricing, "price_now", lambda service: 40_000)
    job = working(user, speed=1.25)
    settlement.succeed(job, 1, audio_ms=901, first_byte_at=timezone.now())

    _, words = look(as_user, job)

    assert "What became of it succeeded" in words
    assert "0.901 seconds of audio at $0.04 a minute are $0.000601, rounded up" in words
    assert "Charged $0.000601" in words
    assert "Balance after $0.999399" in words
    for said in ("Queued", "Started", "First byte", "Done", "speed 1.25", "response_format pcm"):
        assert said in words
    assert WORDS not in words


def test_what_went_beyond_its_hold_is_explained(user: User, as_user: Client) -> None:
    job = working(user)
    settlement.succeed(job, 1, audio_ms=3_600_000)
    job.refresh_from_db()
    assert job.written_off_micros > 0
    _, words = look(as_user, job)
    assert "of it went beyond what was held for it, and is not charged." in words
    assert wallet.balance(user).posted_micros == CREDIT - job.cost_micros


def test_a_failure_says_what_to_do(user: User, as_user: Client) -> None:
    job = working(user)
    settlement.fail(job, 1, code="engine_error", message="It broke.")
    _, words = look(as_user, job)
    assert "It broke. engine_error" in words
    assert "give the request id to the operator of the server" in words
    assert "It failed, so nothing was charged." in words


def test_an_open_request_asks_again_and_shows_nothing_of_what_is_said(
    user: User, as_user: Client
) -> None:
    job = working(user)

    page, words = look(as_user, job)

    [life] = [attrs for _, attrs in page.elements if attrs.get("id") == "life"]
    assert (life["hx-get"], life["hx-trigger"]) == (f"/dashboard/requests/{job.pk}/", "every 2s")
    assert "is held for it. What it does not use comes back." in words
    assert WORDS not in words
    settlement.cancel(job, 1, audio_ms=0)

    page, words = look(as_user, job)
    [life] = [attrs for _, attrs in page.elements if attrs.get("id") == "life"]
    assert "hx-get" not in life
    assert "It ended before any audio reached its client" in words


def test_one_that_nobody_took_is_cancelled_on_the_page(user: User, as_user: Client) -> None:
    job, _ = speech(user)

    answer = as_user.post(reverse("request-cancel", args=[job.pk]), follow=True)

    page_of(answer)
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("cancelled", "cancelled_by_owner")
    assert "Nothing was charged." in answer.content.decode()
    assert wallet.balance(user).available_micros == CREDIT


def test_one_that_is_over_is_not_cancelled_again(user: User, as_user: Client) -> None:
    job = working(user)
    settlement.succeed(job, 1, audio_ms=900)
    answer = as_user.post(reverse("request-cancel", args=[job.pk]), follow=True)
    assert "was over already" in answer.content.decode()
    job.refresh_from_db()
    assert job.status == "succeeded"


def test_names_of_others_are_only_words(user: User, as_user: Client) -> None:
    key, _ = create_api_key(user=user, name="<script>alert(1)</script>")
    job, _ = speech(user, voice_name="<b>" + "v" * 125, model="مودل")
    Job.objects.filter(pk=job.pk).update(api_key=key)
    job.refresh_from_db()
    _, words = look(as_user, job)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in words
    assert "مودل" in words
    settlement.abandon(job, code="<i>", message="<script>")
    assert "&lt;script&gt; &lt;i&gt;" in look(as_user, job)[1]


def test_somebody_else_s_request_does_not_exist(user: User, as_user: Client) -> None:
    theirs, _ = speech(_rich_stranger())
    for name in ("request", "request-cancel"):
        for job_id in (theirs.pk, uuid.uuid4()):
            url = reverse(name, args=[job_id])
            ask = as_user.get if name == "request" else as_user.post
            assert ask(url).status_code == 404
    theirs.refresh_from_db()
    assert theirs.status == "queued"


def test_only_who_is_logged_in(user: User, as_user: Client) -> None:
    job, _ = speech(user)
    page, cancel = reverse("request", args=[job.pk]), reverse("request-cancel", args=[job.pk])
    assert Client().get(page).status_code == Client().post(cancel).status_code == 302
    assert as_user.post(page).status_code == as_user.get(cancel).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    assert strict.post(cancel).status_code == 403


def test_a_page_costs_few_queries(
    user: User, as_user: Client, django_assert_max_num_queries: Any
) -> None:
    job = working(user)
    settlement.succeed(job, 1, audio_ms=900)
    with django_assert_max_num_queries(5):  # session, reader, request, hold, ledger
        look(as_user, job)


def test_a_request_without_a_hold(user: User, as_user: Client) -> None:
    """From before there were any, or brought in from elsewhere."""
    job = used(user)
    assert SAID not in look(as_user, job)[1]
    job.delete()
    UsageDay.objects.all().delete()


def _rich_stranger() -> User:
    stranger = User.objects.create_user("eve@example.com")
    wallet.grant(
        user=stranger, amount_micros=CREDIT, reason="test", actor="test", idempotency_key="eve"
    )
    return stranger
