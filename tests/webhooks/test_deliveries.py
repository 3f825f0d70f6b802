"""An event is sent until it has arrived, five times at most, whoever dies meanwhile."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import User
from tests.audio_api.jobs.toy import at_once
from tests.harness import receiver as behaving
from tests.harness.receiver import EventReceiver, answers
from tests.webhooks.cast import in_seconds, only, serve_all, take, tell, time_passes
from tests.webhooks.conftest import Open, make
from webhooks import beat, claims, endpoints, outbox, sending, serving, tasks
from webhooks.events import Event
from webhooks.models import Attempt, Delivery, Endpoint, Receiver

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("rung"),
]


# --- tries --------------------------------------------------------------------------------------
def test_it_is_tried_after_one_two_four_and_eight_minutes_and_then_given_up(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    receiver.behaviour = answers(500)
    tell(user)
    for number, minutes in [(1, 1), (2, 2), (3, 4), (4, 8)]:
        serve_all()
        failed = only()
        assert (failed.status, failed.attempts) == ("failed", number)
        assert 60 * minutes - 30 < in_seconds(failed) <= 60 * minutes
        time_passes(seconds=60 * minutes - 31)
        serve_all()
        assert only().attempts == number, "it is not tried early"
        time_passes(seconds=31)
    serve_all()
    dead = only()
    assert (dead.status, dead.attempts, dead.next_attempt_at) == ("dead", 5, None)
    time_passes(days=1)
    serve_all()
    assert len(receiver.events) == 5
    assert [each.response_code for each in Attempt.objects.all()] == [500] * 5


def test_no_wait_is_longer_than_an_hour() -> None:
    waits = [claims.wait_after(number).total_seconds() for number in range(1, 20)]
    assert waits[:6] == [60, 120, 240, 480, 960, 1920]
    assert set(waits[6:]) == {3600}


def test_each_try_has_the_same_id_and_body_and_a_time_of_its_own(
    user: User, receiver: EventReceiver, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.behaviour = answers(500)
    tell(user)
    serve_all()
    now = sending.time.time()
    monkeypatch.setattr(sending.time, "time", lambda: now + 61)
    time_passes(seconds=61)
    receiver.behaviour = answers(200)
    serve_all()
    first, second = receiver.events
    assert (first.id, first.raw) == (second.id, second.raw)
    assert second.timestamp >= first.timestamp + 60
    assert only().status == "delivered"
    assert not receiver.forged


def test_one_event_has_one_id_wherever_it_goes(
    user: User, receiver: EventReceiver, endpoint: Endpoint, opened: Open
) -> None:
    other = opened()
    make(user, other)
    tell(user)
    serve_all()
    assert receiver.ids() == other.ids()
    assert len(receiver.ids()) == 1


# --- at least once ------------------------------------------------------------------------------
def test_what_a_dead_worker_had_is_sent_by_another_one(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    tell(user)
    taken = claims.take(endpoint.receiver)
    assert taken, "and then its worker is killed"
    serve_all()
    assert not receiver.events, "it is believed to be sending"
    time_passes(seconds=claims.LEASE_SECONDS + 1)
    serve_all()
    assert receiver.ids() == {taken.delivery.event_id}
    assert (only().status, only().attempts) == ("delivered", 1)


def test_a_worker_that_was_taken_for_dead_writes_nothing_down(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    tell(user)
    frozen = claims.take(endpoint.receiver)
    assert frozen
    time_passes(seconds=claims.LEASE_SECONDS + 1)
    serve_all()
    late = sending.Answer(status=500, milliseconds=1)
    assert not claims.note(frozen, late, timezone.now())
    assert (only().status, Attempt.objects.count()) == ("delivered", 1)


@pytest.mark.race
def test_two_workers_never_send_one_event_at_the_same_time(user: User, endpoint: Endpoint) -> None:
    for _ in range(5):
        tell(user)
    receiver = endpoint.receiver
    taken = [each for each in at_once([lambda: take(receiver)] * 8) if each]
    assert [each for each in taken if isinstance(each, Exception)] == []
    sent = [each.delivery.pk for each in taken]
    assert len(sent) == len(set(sent)) == claims.MAX_UNDER_WAY


@pytest.mark.race
def test_two_who_ask_for_it_again_get_one_more(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    tell(user)
    serve_all()
    delivered = only()
    again = at_once([lambda: outbox.write_again(delivered)] * 4)
    assert len({each.pk for each in again}) == 1
    assert Delivery.objects.count() == 2
    serve_all()
    assert len(receiver.events) == 2
    assert len(receiver.ids()) == 1


# --- the beat -----------------------------------------------------------------------------------
def test_what_is_due_is_rung_for_and_nothing_else(
    user: User, receiver: EventReceiver, endpoint: Endpoint, opened: Open, rung: list[Receiver]
) -> None:
    done, paused, failing = opened(), opened(), opened(answers(500))
    make(user, done)
    serve_all()
    tell(user)
    paused_endpoint = make(user, paused)
    failing_endpoint = make(user, failing)
    tell(user)
    endpoints.change(paused_endpoint, is_active=False)
    serve_all()
    tell(user)
    rung.clear()
    beat.ring_for_due()
    active = {each.receiver.pk for each in Endpoint.objects.filter(is_active=True)}
    assert {each.pk for each in rung} == active
    serve_all()
    rung.clear()
    assert (beat.ring_for_due(), rung) == (0, [])
    time_passes(seconds=61)
    beat.ring_for_due()
    assert rung == [failing_endpoint.receiver]


def test_a_long_queue_is_left_alone(
    user: User, endpoint: Endpoint, rung: list[Receiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(user)
    rung.clear()
    monkeypatch.setattr(beat, "messages", lambda queue: beat.MAX_WAITING)
    assert (beat.ring_for_due(), rung) == (0, [])


# --- slow ones ----------------------------------------------------------------------------------
def test_who_is_slow_is_served_by_threads_for_the_slow(
    user: User, receiver: EventReceiver, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TOTAL_SECONDS", 0.2)
    monkeypatch.setattr(claims, "SLOW_MILLISECONDS", 100)
    receiver.behaviour = behaving.hangs
    tell(user)
    tell(user)
    left = serving.serve(endpoint.receiver.pk, slowly=False)
    assert left
    assert left.is_slow, "the quick thread gives it up after the first attempt"
    assert len(receiver.events) == 1
    receiver.behaviour = answers(200)
    monkeypatch.setattr(claims, "SLOW_MILLISECONDS", 60_000)
    left = serving.serve(endpoint.receiver.pk, slowly=True)
    assert left
    assert not left.is_slow, "and it is a quick one again"
    time_passes(seconds=61)
    assert serving.serve(endpoint.receiver.pk, slowly=False) is None
    assert set(Delivery.objects.values_list("status", flat=True)) == {"delivered"}


def test_each_has_the_queue_of_its_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for is_slow, actor in [(False, tasks.deliver), (True, tasks.deliver_slowly)]:
        sent: list[int] = []
        monkeypatch.setattr(actor, "send", sent.append)
        tasks.ring(Receiver(pk=7, is_slow=is_slow))
        assert sent == [7]


def test_a_turn_ends_and_the_rest_waits_for_the_next_one(
    user: User, receiver: EventReceiver, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "TURN_SECONDS", 0.0)
    for _ in range(3):
        tell(user)
    left = serving.serve(endpoint.receiver.pk, slowly=False)
    assert left == endpoint.receiver
    assert len(receiver.events) < 3


# --- pausing, moving, removing ------------------------------------------------------------------
def test_a_paused_endpoint_is_not_told_and_gets_what_waited_afterwards(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    tell(user)
    endpoints.change(endpoint, is_active=False)
    assert tell(user) == []
    serve_all()
    assert not receiver.events
    endpoints.change(endpoint, is_active=True)
    serve_all()
    assert len(receiver.events) == 1


def test_a_paused_endpoint_can_be_tested(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    endpoints.change(endpoint, is_active=False)
    outbox.write_test(endpoint)
    serve_all()
    (event,) = receiver.events
    assert (event.body["event_type"], event.body["job_id"]) == ("webhook.test", None)
    assert not receiver.forged


def test_a_test_is_tried_once(user: User, receiver: EventReceiver, endpoint: Endpoint) -> None:
    receiver.behaviour = answers(500)
    outbox.write_test(endpoint)
    serve_all()
    assert (only().status, only().attempts) == ("dead", 1)
    assert endpoint.receiver.dead_since is None


def test_what_waits_follows_its_endpoint_to_another_address(
    user: User, receiver: EventReceiver, endpoint: Endpoint, opened: Open
) -> None:
    new = opened()
    tell(user)
    endpoints.change(endpoint, url=new.url)
    serve_all()
    assert (len(receiver.events), len(new.events)) == (0, 1)


def test_nothing_is_sent_to_an_endpoint_that_was_removed(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    tell(user)
    endpoints.remove(endpoint)
    assert tell(user) == []
    serve_all()
    assert not receiver.events
    assert not Delivery.objects.for_user(user).exists()


def test_an_endpoint_hears_what_it_asked_for(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    endpoints.change(endpoint, events=["job.failed"])
    assert tell(user, Event.COMPLETED) == []
    assert len(tell(user, Event.FAILED)) == 1
    endpoints.change(endpoint, events=[])
    assert tell(user, Event.FAILED) == []


# --- one of a job's own -------------------------------------------------------------------------
def test_an_address_of_a_job_is_signed_with_the_secret_of_the_account(
    user: User, receiver: EventReceiver
) -> None:
    receiver.secret = endpoints.show_account_secret(user, overlap=endpoints.timedelta())
    tell(user, url=receiver.url)
    serve_all()
    assert len(receiver.events) == 1
    assert not receiver.forged
    assert only().status == "delivered"


def test_such_an_address_needs_nothing_that_was_set_up_before(
    user: User, receiver: EventReceiver
) -> None:
    tell(user, url=receiver.url)
    serve_all()
    (event,) = receiver.events
    shown = endpoints.show_account_secret(user, overlap=endpoints.timedelta(days=1))
    assert not event.is_signed_with(shown), "what nobody has seen ends at once"
    receiver.secret = shown
    tell(user, url=receiver.url)
    serve_all()
    assert not receiver.forged


def test_hosts_of_such_addresses_wait_for_each_other_no_more_than_endpoints(
    user: User, receiver: EventReceiver, opened: Open
) -> None:
    other = opened()
    tell(user, url=receiver.url)
    tell(user, url=receiver.url + "&again")
    tell(user, url=other.url)
    assert Receiver.objects.count() == 2


def test_an_address_that_is_forbidden_by_now_is_passed_over(
    user: User, receiver: EventReceiver, settings: object
) -> None:
    settings.WEBHOOK_ALLOW = []  # type: ignore[attr-defined]
    assert tell(user, url=receiver.url) == []


# --- what is kept -------------------------------------------------------------------------------
def test_the_log_is_erased_when_it_is_old(
    user: User, receiver: EventReceiver, endpoint: Endpoint, settings: object
) -> None:
    settings.WEBHOOK_LOG_DAYS = 7  # type: ignore[attr-defined]
    for days in (6, 8):
        (delivery,) = tell(user)
        old = timezone.now() - endpoints.timedelta(days=days)
        Delivery.objects.filter(pk=delivery.pk).update(created_at=old)
    assert beat.erase_old() == 1
    assert Delivery.objects.count() == 1


def test_a_removed_endpoint_is_forgotten_after_a_while(user: User, endpoint: Endpoint) -> None:
    tell(user)
    endpoints.remove(endpoint)
    beat.erase_old()
    assert Delivery.objects.exists(), "a job that ends just now may refer to it"
    Endpoint.objects.update(deleted_at=timezone.now() - endpoints.timedelta(hours=2))
    beat.erase_old()
    assert not any(model.objects.exists() for model in (Delivery, Receiver, Endpoint))
