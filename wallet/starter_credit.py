"""Credit for a new account, once for each e-mail address for ever.

The ledger itself remembers: its entry has the HMAC of the address for a key, so that neither a
second account nor one that was closed meanwhile gets anything for the same address again.
"""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.signin import mailboxes
from audiopod.common import money
from wallet import services
from wallet.models import JournalEntry

log = logging.getLogger(__name__)

REASON = "Starter credit of a new account."
ACTOR = "command:starter_credit"
DOTS_MEAN_NOTHING = {"gmail.com", "googlemail.com"}


def listen() -> None:
    """Give it whenever the first address of an account is verified."""
    email_confirmed.connect(_address_confirmed, dispatch_uid="starter-credit")


def _address_confirmed(request: HttpRequest, email_address: EmailAddress, **_signal: Any) -> None:
    """Called in the transaction that verifies a first address: both are there, or neither."""
    others = EmailAddress.objects.filter(user_id=email_address.user_id)
    if others.exclude(pk=email_address.pk).exists():
        return  # an account that has an address already changes it
    user = User.objects.get(pk=email_address.user_id)
    if give(user, email_address.email):
        amount = money.usd(settings.STARTER_CREDIT_MICROS)
        words = _("%(amount)s of credit is yours to start with.")
        messages.success(request, words % {"amount": amount})


def give(user: User, email: str) -> bool:
    """Credit an account for its verified address; False when that address had its credit, or
    there is none to be had."""
    amount = settings.STARTER_CREDIT_MICROS
    keys = _keys(email)
    booked = [f"{JournalEntry.Kind.GRANT.value}:{key}" for key in keys]
    if amount <= 0 or JournalEntry.objects.filter(idempotency_key__in=booked).exists():
        return False
    try:
        services.grant(
            user=user, amount_micros=amount, reason=REASON, actor=ACTOR, idempotency_key=keys[0]
        )
    except services.IdempotencyConflict:  # another account was faster with the same address
        return False
    log.info("Account %s got its starter credit.", user.pk)
    return True


def same_person(email: str) -> str:
    """An address as its mailbox is meant: without case, quotes, +tags, and Gmail's dots."""
    name, domain = mailboxes.parts_of(email)
    name = name.partition("+")[0]
    if domain in DOTS_MEAN_NOTHING:
        name, domain = name.replace(".", ""), "gmail.com"
    return f"{name}@{domain}"


def _keys(email: str) -> list[str]:
    """The key in the ledger, and those that earlier SECRET_KEYs would have made. From none of
    them, nor from a copy of the ledger, can an address be guessed."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    meant = same_person(email)
    digests = [
        salted_hmac(__name__, meant, secret=secret, algorithm="sha256").hexdigest()
        for secret in secrets
    ]
    return [f"starter-credit:{digest}" for digest in digests]
