"""The outbox: what is to be told, written in the transaction in which it becomes true.

Either both are in the database or neither. The message to a worker is only a doorbell: what rings
in vain is found by the beat.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from webhooks import signing, tasks
from webhooks.events import Event
from webhooks.models import AccountSecret, Delivery, Endpoint, Receiver
from webhooks.targets import TargetRefused, allow_list, origin, parse


def write(
    user_id: int, event: Event, *, job_number: int | None, told: dict[str, Any], url: str = ""
) -> list[Delivery]:
    """Tell the account's endpoints of an event, and the address that a job brought with it.

    told: what the body says beside the event's type, its id and the time. Without an endpoint and
    without `url`, this is one query. Call it in the transaction that makes the event true.
    """
    receivers = list(_endpoints(user_id, event))
    if url:
        receivers += _one_off(user_id, url)
    if not receivers:
        return []
    event_id = f"evt_{uuid.uuid4().hex}"
    body = _body(event, event_id, told)
    return _stored(
        Delivery(
            user_id=user_id,
            receiver=receiver,
            url="" if receiver.endpoint_id else url,
            event_id=event_id,
            event_type=event,
            job_number=job_number,
            body=body,
        )
        for receiver in receivers
    )


def write_test(endpoint: Endpoint) -> Delivery:
    """A `webhook.test` for one endpoint, whatever it wants to know and even if it is paused."""
    event_id = f"evt_{uuid.uuid4().hex}"
    nothing = {"job_id": None, "job_type": None, "status": "test"}
    test = Delivery(
        user_id=endpoint.user_id,
        receiver=endpoint.receiver,
        event_id=event_id,
        event_type=Event.TEST,
        body=_body(Event.TEST, event_id, nothing),
    )
    return _stored([test])[0]


def write_again(delivery: Delivery) -> Delivery:
    """Send an event once more, under its id. One that waits already is sent now, not twice."""
    same = Delivery.objects.filter(receiver=delivery.receiver, event_id=delivery.event_id)
    with transaction.atomic():
        # of two that ask at the same time, the second one finds what the first has written
        Receiver.objects.select_for_update(no_key=True).get(pk=delivery.receiver_id)
        now = timezone.now()
        if waiting := same.filter(next_attempt_at__isnull=False).first():
            # one that a worker is sending is left to it
            Delivery.objects.filter(pk=waiting.pk, lease_until=None).update(next_attempt_at=now)
            transaction.on_commit(lambda: tasks.ring(waiting.receiver))
            return Delivery.objects.select_related("receiver__endpoint").get(pk=waiting.pk)
        again = Delivery(
            user_id=delivery.user_id,
            receiver=delivery.receiver,
            url=delivery.url,
            event_id=delivery.event_id,
            event_type=delivery.event_type,
            job_number=delivery.job_number,
            body=delivery.body,
        )
        return _stored([again])[0]


def _endpoints(user_id: int, event: Event) -> Iterable[Receiver]:
    mine = Receiver.objects.filter(
        endpoint__user_id=user_id, endpoint__is_active=True, endpoint__deleted_at=None
    )
    for receiver in mine.select_related("endpoint"):
        if receiver.endpoint and event in receiver.endpoint.events:
            yield receiver


def _one_off(user_id: int, url: str) -> list[Receiver]:
    """The receiver of a `webhook_url`; none where the operator has forbidden it since."""
    try:
        host = origin(parse(url, allow_list()))
    except TargetRefused:
        return []
    AccountSecret.objects.get_or_create(
        user_id=user_id, defaults={"secret": signing.sealed(signing.new_secret())}
    )
    receiver, _ = Receiver.objects.get_or_create(user_id=user_id, endpoint=None, origin=host)
    return [receiver]


def _body(event: Event, event_id: str, told: dict[str, Any]) -> str:
    said = {"event_type": event.value, "event_id": event_id, **told}
    said["created_at"] = timezone.now().isoformat().replace("+00:00", "Z")
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _stored(deliveries: Iterable[Delivery]) -> list[Delivery]:
    stored = Delivery.objects.bulk_create(deliveries)
    for delivery in stored:
        transaction.on_commit(lambda to=delivery.receiver: tasks.ring(to))  # type: ignore[misc]
    return stored
