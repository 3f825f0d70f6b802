"""An owner is told once that events do not arrive."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from accounts.models import User
from tests.audio_api.jobs.toy import at_once
from tests.harness.receiver import EventReceiver, answers
from tests.webhooks.cast import serve_all, tell, time_passes
from webhooks import mails
from webhooks.models import Delivery, Endpoint, Receiver

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("rung"),
]


def given_up(user: User, *, events: int = 1) -> None:
    """So many events were tried five times."""
    for _ in range(events):
        tell(user)
    for _ in range(5):
        serve_all()
        time_passes(hours=1)


def a_day_passes() -> None:
    for receiver in Receiver.objects.exclude(mailed_at=None):
        Receiver.objects.filter(pk=receiver.pk).update(
            mailed_at=receiver.mailed_at - timedelta(days=1, seconds=1)
        )


def test_many_events_are_one_letter(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    receiver.behaviour = answers(500)
    given_up(user, events=3)
    assert set(Delivery.objects.values_list("status", flat=True)) == {"dead"}
    assert mails.send_due() == 1
    given_up(user)
    assert mails.send_due() == 0
    (letter,) = mail.outbox
    assert letter.to == [user.email]
    assert receiver.url in letter.body
    assert "/dashboard/webhooks/log/" in letter.body


def test_nobody_is_told_of_a_try_that_may_yet_succeed(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    receiver.behaviour = answers(500)
    tell(user)
    serve_all()
    assert mails.send_due() == 0


def test_the_next_letter_is_of_the_next_outage_and_not_of_the_same_day(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    for told in (1, 0, 1):
        receiver.behaviour = answers(500)
        given_up(user)
        assert mails.send_due() == told
        receiver.behaviour = answers(200)
        tell(user)
        serve_all()
        if not told:
            a_day_passes()


def test_it_is_in_the_language_of_the_account(
    user: User, receiver: EventReceiver, endpoint: Endpoint
) -> None:
    User.objects.update(language="de")
    receiver.behaviour = answers(500)
    given_up(user)
    mails.send_due()
    assert mail.outbox[0].subject == "Ihr Webhook nimmt keine Ereignisse an"


@pytest.mark.race
def test_two_who_tell_tell_once(user: User, receiver: EventReceiver, endpoint: Endpoint) -> None:
    receiver.behaviour = answers(500)
    given_up(user)
    now = timezone.now()
    assert sum(at_once([lambda: mails.send_due(now)] * 4)) == 1


def test_a_letter_that_cannot_be_sent_is_sent_later(
    user: User, receiver: EventReceiver, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> int:
        raise OSError("no mail server")

    receiver.behaviour = answers(500)
    given_up(user)
    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", refuse)
        assert mails.send_due() == 0
    assert mails.send_due() == 0, "not at once"
    assert mails.send_due(timezone.now() + timedelta(minutes=6)) == 1
