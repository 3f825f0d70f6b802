"""A reader that hears nothing and looks at the row of its job."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.models import User
from audio_api.channel import (
    Audio,
    ChannelBroken,
    ChannelSilent,
    Event,
    Failed,
    Result,
    watch,
)
from audio_api.channel.watch import events_of
from audio_api.models import Job
from audiopod.common.threads import off_loop
from tests.wallet.cast import fund

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

AUDIO = Audio(b"half a word", 100)
RESULT = Result(b"{}", "application/json", 1, 2)
QUIET = [None] * 2 * watch.LOOK_AT_EVERY


class Script:
    """A reader that says what the test has written down."""

    def __init__(self, *coming: Event | Exception | None) -> None:
        self.coming = coming
        self.is_forgiven = False

    def forgive(self) -> None:
        self.is_forgiven = True

    async def events(self, *, silence_seconds: float) -> AsyncIterator[Event | None]:
        for event in self.coming:
            if isinstance(event, Exception):
                raise event
            yield event


@pytest.fixture
def job() -> Job:
    """One that a worker has just taken."""
    user = User.objects.create_user("watch@example.com")
    fund(user, 1_000_000)
    return Job.objects.create(
        user=user, kind="speech", model="tts-1", params={}, price_micros_per_minute=1,
        held_micros=1, queue_deadline=timezone.now() + timedelta(seconds=60),
        status=Job.Status.RUNNING, attempt=1, lease_until=timezone.now() + timedelta(seconds=15),
    )  # fmt: skip


async def heard(job: Job, *coming: Event | Exception | None) -> list[Event]:
    reader: Any = Script(*coming)
    return [event async for event in events_of(job, reader)]


async def now(job: Job, **columns: Any) -> None:
    await off_loop(Job.objects.filter(pk=job.pk).update)(**columns)


async def test_an_end_that_was_not_sent_is_read_in_the_row(job: Job) -> None:
    await now(job, status="failed", error_code="engine_error", error_message="It broke.")
    assert (await heard(job, *QUIET))[0] == Failed(503, "It broke.", "engine_error")


async def test_what_is_wrong_with_a_request_is_no_fault_of_the_server(job: Job) -> None:
    told = {"error_code": "unspeakable_input", "error_message": "Nobody can say that."}
    await now(job, status="failed", **told)
    failure = (await heard(job, *QUIET))[0]
    assert failure == Failed(400, "Nobody can say that.", "unspeakable_input")


async def test_a_result_that_was_lost_is_told_as_such(job: Job) -> None:
    await now(job, status="succeeded")
    failure = (await heard(job, *QUIET))[0]
    assert isinstance(failure, Failed)
    assert failure.status == 503
    assert "again" in failure.message


async def test_a_result_that_is_on_its_way_is_waited_for(job: Job) -> None:
    """It is sent when the row is settled already."""
    await now(job, status="succeeded")
    once = [None] * watch.LOOK_AT_EVERY
    assert await heard(job, *once, RESULT, *once) == [RESULT]


async def test_a_worker_that_works_is_left_alone(job: Job, settings: Any) -> None:
    settings.JOB_LEASE_SECONDS = 15
    assert await heard(job, *QUIET, AUDIO, *QUIET, RESULT) == [AUDIO, RESULT]


async def test_a_stream_whose_worker_stopped_renewing_its_lease_is_ended(
    job: Job, settings: Any
) -> None:
    """Long before the lease has run out."""
    settings.JOB_LEASE_SECONDS = 60
    await now(job, lease_until=timezone.now() + timedelta(seconds=39))
    audio, failure, *_ = await heard(job, AUDIO, None, None)
    assert (audio, getattr(failure, "code", "")) == (AUDIO, "worker_lost")


async def test_what_nobody_has_heard_yet_is_left_to_a_second_worker(job: Job) -> None:
    await now(job, lease_until=timezone.now() - timedelta(seconds=9))
    assert await heard(job, *QUIET, RESULT) == [RESULT]


async def test_a_database_that_is_away_ends_no_request(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**asked: Any) -> None:
        raise OperationalError("the connection is gone")

    monkeypatch.setattr(Job.objects, "filter", away)
    assert await heard(job, *QUIET, RESULT) == [RESULT]


async def test_a_request_of_an_account_that_is_gone_is_ended(job: Job) -> None:
    await off_loop(job.delete)()
    assert isinstance((await heard(job, *QUIET))[0], Failed)


async def test_a_broken_channel_fails_the_request(job: Job) -> None:
    audio, failure = await heard(job, AUDIO, ChannelBroken())
    assert audio == AUDIO
    assert isinstance(failure, Failed)


async def test_who_is_told_that_a_worker_is_lost_pays_nothing_should_it_go_on(
    job: Job, settings: Any
) -> None:
    """It was frozen for some seconds, and wakes before its lease is over."""
    settings.JOB_LEASE_SECONDS = 60
    await now(job, lease_until=timezone.now() + timedelta(seconds=39))
    reader: Any = Script(AUDIO, None, None)
    assert len([event async for event in events_of(job, reader)]) == 2
    assert reader.is_forgiven


async def test_who_was_not_answered_pays_nothing(job: Job) -> None:
    reader: Any = Script(AUDIO, ChannelSilent())
    with pytest.raises(ChannelSilent):
        assert [event async for event in events_of(job, reader)]
    assert reader.is_forgiven


async def test_who_is_answered_is_not_forgiven(job: Job, settings: Any) -> None:
    settings.JOB_LEASE_SECONDS = 15
    reader: Any = Script(*QUIET, AUDIO, *QUIET, RESULT)
    assert len([event async for event in events_of(job, reader)]) == 2
    assert not reader.is_forgiven
