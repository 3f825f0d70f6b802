"""The letter to an owner whose receiver does not take events."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from webhooks.claims import MAX_ATTEMPTS
from webhooks.models import Receiver

log = logging.getLogger(__name__)

BATCH_SIZE = 100
AT_MOST_EVERY = timedelta(days=1)
"""One that comes and goes is not worth a letter each time."""
TRY_AGAIN = timedelta(minutes=5)
"""After a letter that could not be sent."""


def send_due(now: datetime | None = None) -> int:
    """Tell owners that events to a receiver were given up: once, until one arrives again.

    Returns how many were told. Any number of threads may do so at once: each letter is claimed by
    a conditional UPDATE.
    """
    now = now or timezone.now()
    untold = Q(mailed_at=None) | Q(mailed_at__lt=F("dead_since"))
    dead = Receiver.objects.filter(untold, dead_since__isnull=False, user__is_active=True)
    lately = Q(mailed_at__gt=now - AT_MOST_EVERY)
    found = dead.exclude(lately).select_related("user", "endpoint")
    return sum(_tell(receiver, now) for receiver in found[:BATCH_SIZE])


def _tell(receiver: Receiver, now: datetime) -> bool:
    before = receiver.mailed_at
    same = Receiver.objects.filter(pk=receiver.pk, mailed_at=before)
    if not same.update(mailed_at=now):
        return False
    if receiver.endpoint and receiver.endpoint.deleted_at:
        return False
    if _send(receiver):
        return True
    # it counts as told long enough ago to be tried again soon
    again = now - AT_MOST_EVERY + TRY_AGAIN
    told_before_it_died = min(again, (receiver.dead_since or again) - timedelta(seconds=1))
    Receiver.objects.filter(pk=receiver.pk, mailed_at=now).update(mailed_at=told_before_it_died)
    return False


def _send(receiver: Receiver) -> bool:
    """Whether the mail server took it. It is written in the language of the account."""
    user = receiver.user
    with translation.override(user.language or settings.LANGUAGE_CODE):
        context = {
            "subject": _("Your webhook does not take events"),
            "site_url": settings.PUBLIC_URL,
            "button": _("Look at the log"),
            "button_url": settings.PUBLIC_URL + reverse("webhook-log"),
            "email": user.email,
            "target": str(receiver),
            "attempts": MAX_ATTEMPTS,
        }
        mail = EmailMultiAlternatives(
            subject=str(context["subject"]),
            body=render_to_string("webhooks/mail/given_up.txt", context).strip(),
            to=[user.email],
            headers={"Auto-Submitted": "auto-generated"},
        )
        html = render_to_string("webhooks/mail/given_up.html", context).strip()
    mail.attach_alternative(html, "text/html")
    try:
        return bool(mail.send())
    except (SMTPException, OSError) as error:
        log.warning("Account %s was not told of its webhook: %s", user.pk, error)
        return False
