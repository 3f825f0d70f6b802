"""What tests of webhooks do over and over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from webhooks import claims, outbox, serving
from webhooks.events import Event
from webhooks.models import Delivery, Receiver


def tell(user: User, event: Event = Event.COMPLETED, *, job: int = 999_001, url: str = "") -> Any:
    """What the end of a job writes. Returns the deliveries."""
    told = {"job_id": job, "job_type": "text_to_speech", "status": "completed"}
    with transaction.atomic():
        return outbox.write(user.pk, event, job_number=job, told=told, url=url)


def serve_all() -> None:
    """Workers do what there is to do now, one after the other."""
    for receiver in list(Receiver.objects.all()):
        now_as_it_is = Receiver.objects.get(pk=receiver.pk)
        serving.serve(receiver.pk, slowly=now_as_it_is.is_slow)


def time_passes(**span: float) -> None:
    """What was to be later is now, as if so much time had gone by."""
    for delivery in Delivery.objects.filter(next_attempt_at__isnull=False):
        earlier = {"next_attempt_at": delivery.next_attempt_at - timedelta(**span)}
        if delivery.lease_until:
            earlier["lease_until"] = delivery.lease_until - timedelta(**span)
        Delivery.objects.filter(pk=delivery.pk).update(**earlier)


def only(**of: Any) -> Delivery:
    return Delivery.objects.select_related("receiver__endpoint").get(**of)


def take(receiver: Receiver) -> claims.Taken | None:
    try:
        return claims.take(receiver)
    finally:
        connection.close()


def in_seconds(delivery: Delivery) -> float:
    """How long until the next attempt."""
    assert delivery.next_attempt_at
    return (delivery.next_attempt_at - timezone.now()).total_seconds()
