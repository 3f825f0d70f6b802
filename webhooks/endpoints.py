"""Adding, changing, rotating and removing endpoints. The only writer of `Endpoint`."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audiopod.common.problem import Problem
from webhooks import signing
from webhooks.events import of_jobs
from webhooks.models import AccountSecret, Delivery, Endpoint, Receiver, Signing
from webhooks.targets import allow_list, parse

log = logging.getLogger(__name__)

FORGOTTEN_AFTER = timedelta(hours=1)
"""An endpoint that was removed: a transaction that has still seen it may be under way."""


def create(
    user: User, *, url: str, events: Sequence[str] = (), description: str = ""
) -> tuple[Endpoint, str]:
    """Add an endpoint; returns it with its secret, which cannot be shown again.

    events: all of jobs where it is empty. Raises TargetRefused, and Problem (409) for an address
    that has one already and for too many.
    """
    url = str(parse(url, allow_list()))
    secret = signing.new_secret()
    with _unique(), transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two that count at once
        if Endpoint.objects.for_user(user).count() >= settings.MAX_WEBHOOK_ENDPOINTS:
            raise _too_many()
        endpoint = Endpoint.objects.create(
            user=user,
            url=url,
            events=list(dict.fromkeys(events)) or of_jobs(),
            description=description,
            secret=signing.sealed(secret),
        )
        Receiver.objects.create(user=user, endpoint=endpoint)
    log.info("Webhook endpoint %s added for account %s.", endpoint.pk, user.pk)
    return endpoint, secret


def change(endpoint: Endpoint, **columns: Any) -> None:
    """Change `url`, `events`, `description` or `is_active`. What waits goes to the new address.

    Raises TargetRefused, and Problem (409) for an address that another endpoint has.
    """
    if "url" in columns:
        columns["url"] = str(parse(columns["url"], allow_list()))
    for name, value in columns.items():
        setattr(endpoint, name, value)
    with _unique(), transaction.atomic():
        endpoint.save(update_fields=list(columns))


def remove(endpoint: Endpoint) -> None:
    """End it at once: nothing is sent to it any more, and its log is not shown."""
    endpoint.is_active, endpoint.deleted_at = False, timezone.now()
    endpoint.secret = endpoint.previous_secret = ""
    endpoint.save(update_fields=["is_active", "deleted_at", "secret", "previous_secret"])


def rotate(signer: Signing, *, overlap: timedelta) -> str:
    """Give an endpoint, or an account, a new secret, and return it: it cannot be shown again.

    The secret that signs now goes on signing for as long as `overlap` says.
    """
    secret = signing.new_secret()
    now = timezone.now()
    with transaction.atomic():
        locked = type(signer)._default_manager.select_for_update().get(pk=signer.pk)
        signs_now = locked.previous_secret if locked.is_rotating else locked.secret
        signer.previous_secret = signs_now if overlap else ""
        signer.previous_until = now + overlap if overlap else None
        signer.secret = signing.sealed(secret)
        signer.save(update_fields=["secret", "previous_secret", "previous_until"])
    return secret


def finish_rotation(signer: Signing) -> None:
    """Let the new secret sign from now on."""
    signer.previous_secret, signer.previous_until = "", None
    signer.save(update_fields=["previous_secret", "previous_until"])


def show_account_secret(user: User, *, overlap: timedelta) -> str:
    """A new secret for what signs the events of `webhook_url`s. Nobody knows the one that was made
    by itself: it ends at once."""
    signer, _made = AccountSecret.objects.get_or_create(
        user=user, defaults={"secret": signing.sealed(signing.new_secret())}
    )
    secret = rotate(signer, overlap=overlap if signer.shown_at else timedelta())
    AccountSecret.objects.filter(pk=signer.pk).update(shown_at=timezone.now())
    return secret


def erase(user: User) -> None:
    """Remove all that an account has here."""
    Delivery.objects.filter(user=user).delete()
    Receiver.objects.filter(user=user).delete()
    Endpoint.objects.filter(user=user).delete()
    AccountSecret.objects.filter(user=user).delete()


def forget_removed(now: datetime) -> int:
    """Erase endpoints that were removed a while ago, with their logs. Returns how many."""
    old = Endpoint.objects.filter(deleted_at__lt=now - FORGOTTEN_AFTER)
    count = 0
    for endpoint in old:
        Delivery.objects.filter(receiver__endpoint=endpoint).delete()
        endpoint.delete()
        count += 1
    return count


@contextmanager
def _unique() -> Iterator[None]:
    """Raises Problem (409) where the address is another endpoint's."""
    try:
        yield
    except IntegrityError as error:
        raise Problem(
            _("There is an endpoint with this address already."),
            status=409,
            param="url",
            code="webhook_endpoint_exists",
        ) from error


def _too_many() -> Problem:
    return Problem(
        _("An account has at most %(most)d endpoints. Remove one first.")
        % {"most": settings.MAX_WEBHOOK_ENDPOINTS},
        status=409,
        code="webhook_endpoints_limit",
    )
