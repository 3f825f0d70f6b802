"""Closing an account: nobody can use it any more, and what names its owner is erased."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import ApiKey, User

CLOSED_DOMAIN = "@closed.invalid"
"""The end of the address of an erased account; `.invalid` belongs to nobody (RFC 2606)."""
ERASED_NAME = "—"
"""The name of a key of an erased account: the name that its owner chose may identify them."""


class LastOperator(Exception):
    """The account is the only active superuser: without it nobody could operate the server."""


def require_other_operator(user: User) -> None:
    """Raises LastOperator for the only active superuser."""
    if user.is_superuser and not _operators().exclude(pk=user.pk).exists():
        raise LastOperator


def deactivate(user: User) -> None:
    """End the keys, sessions, rights and log-in of an account, in one transaction.

    A second call changes nothing. Raises LastOperator.
    """
    now = timezone.now()
    with transaction.atomic():
        if user.is_superuser:
            # the last two superusers, who close their accounts at the same moment, wait here
            list(_operators().select_for_update(no_key=True).order_by("pk"))
            require_other_operator(user)
        User.objects.filter(pk=user.pk).update(
            is_active=False,
            is_staff=False,
            is_superuser=False,
            closed_at=Coalesce("closed_at", now),
        )
        user.groups.clear()
        user.user_permissions.clear()
        ApiKey.objects.filter(user=user, revoked_at__isnull=True).update(revoked_at=now)
        for session in UserSession.objects.filter(user=user):
            session.end()


def anonymize(user: User) -> None:
    """Erase what names the owner. The row stays, for the ledger; the address can be used again."""
    with transaction.atomic():
        EmailAddress.objects.filter(user=user).delete()
        Authenticator.objects.filter(user=user).delete()
        ApiKey.objects.filter(user=user).update(
            name=ERASED_NAME, allowed_networks=[], last_used_address=None
        )
        alias = f"closed-{user.pk}{CLOSED_DOMAIN}"
        _log_entries_about(user).update(object_repr=alias)
        User.objects.filter(pk=user.pk).update(
            email=alias,
            password=make_password(None),
            first_name="",
            last_name="",
            language="",
        )


def _log_entries_about(user: User) -> models.QuerySet[LogEntry]:
    """The admin's log of an account. Its entries carry the address of the account as a title."""
    account = ContentType.objects.get_for_model(User)
    of_account = Q(content_type=account, object_id=str(user.pk))
    return LogEntry.objects.filter(of_account | Q(object_repr=user.email))


def not_anonymized(*, before: datetime) -> list[User]:
    """Accounts that were deactivated before a moment and not anonymized: a crash came between."""
    closed = User.objects.filter(closed_at__isnull=False, closed_at__lt=before)
    return list(closed.exclude(email__endswith=CLOSED_DOMAIN).order_by("closed_at"))


def _operators() -> models.QuerySet[User]:
    return User.objects.filter(is_superuser=True, is_active=True)
