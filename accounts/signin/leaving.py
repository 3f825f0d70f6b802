"""How an account ends, as far as it is a matter of who somebody is."""

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

GONE = "@closed.invalid"
"""The address of who is forgotten ends so; `.invalid` is nobody's (RFC 2606)."""
NAMELESS = "—"
"""The name of a key whose owner is forgotten: what it was called may say who that was."""


class LastAdministrator(Exception):
    """Without this account nobody could run the place any more."""


def require_may_leave(user: User) -> None:
    """Raises LastAdministrator."""
    if user.is_superuser and not _administrators().exclude(pk=user.pk).exists():
        raise LastAdministrator


def shut(user: User) -> None:
    """Let nobody in any more: keys, sessions and the password end in one transaction.

    Again, it changes nothing. Raises LastAdministrator.
    """
    now = timezone.now()
    with transaction.atomic():
        if user.is_superuser:
            # two last ones, who leave at the same moment, wait for each other here
            list(_administrators().select_for_update(no_key=True).order_by("pk"))
            require_may_leave(user)
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


def forget(user: User) -> None:
    """Erase who it was. The row stays, for the books; its address is free for anybody."""
    with transaction.atomic():
        EmailAddress.objects.filter(user=user).delete()
        Authenticator.objects.filter(user=user).delete()
        ApiKey.objects.filter(user=user).update(
            name=NAMELESS, allowed_networks=[], last_used_address=None
        )
        alias = f"closed-{user.pk}{GONE}"
        _noted_of(user).update(object_repr=alias)
        User.objects.filter(pk=user.pk).update(
            email=alias,
            password=make_password(None),
            first_name="",
            last_name="",
            language="",
        )


def _noted_of(user: User) -> models.QuerySet[LogEntry]:
    """What staff did is kept, and of whom: not by the address, which is the title of such notes."""
    account = ContentType.objects.get_for_model(User)
    of_account = Q(content_type=account, object_id=str(user.pk))
    return LogEntry.objects.filter(of_account | Q(object_repr=user.email))


def unfinished(*, before: datetime) -> list[User]:
    """Accounts that were shut before a moment and not forgotten: something broke in between."""
    closed = User.objects.filter(closed_at__isnull=False, closed_at__lt=before)
    return list(closed.exclude(email__endswith=GONE).order_by("closed_at"))


def _administrators() -> models.QuerySet[User]:
    return User.objects.filter(is_superuser=True, is_active=True)
