"""Making, finding and revoking API keys. The only writer of `ApiKey`."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import keys
from accounts.models import ApiKey, User, every_scope

logger = logging.getLogger(__name__)

TOUCH_EVERY = timedelta(seconds=60)
"""`last_used_at` is written at most this often for a key, however busy it is."""


class KeyAlreadyMade(Exception):
    """The form that asks for this key has already made one: `key`."""

    def __init__(self, key: ApiKey) -> None:
        super().__init__(f"The form has made key {key.pk} already.")
        self.key = key


@dataclass(frozen=True, kw_only=True)
class KeyLimits:
    """What one key may do and spend. None is no limit of its own, and 0 requests or jobs no
    limit at all."""

    requests_per_minute: int | None = None
    max_concurrent_jobs: int | None = None
    monthly_limit_micros: int | None = None
    total_limit_micros: int | None = None


def create_api_key(
    *,
    user: User,
    name: str,
    expires_at: datetime | None = None,
    form_token: uuid.UUID | None = None,
    scopes: Sequence[str] = (),
    limits: KeyLimits | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; returns it with its token, which is stored nowhere and cannot be shown again.

    `form_token` names the form that was sent: the same form never makes two keys. Without
    `scopes` the key opens everything.
    Raises KeyAlreadyMade then, and ValueError for an expiry in the past.
    """
    if expires_at is not None and expires_at <= timezone.now():
        raise ValueError("The expiry must lie in the future.")
    token = keys.make_token()
    pepper = settings.API_KEY_PEPPERS[0]
    try:
        with transaction.atomic():
            key = ApiKey.objects.create(
                user=user,
                name=name,
                expires_at=expires_at,
                form_token=form_token or uuid.uuid4(),
                scopes=list(scopes) or every_scope(),
                **asdict(limits or KeyLimits()),
                digest=keys.digest(token, pepper),
                pepper_id=keys.pepper_id(pepper),
                first=token[: keys.SHOWN_FIRST],
                last=token[-keys.SHOWN_LAST :],
            )
    except IntegrityError as error:
        own = ApiKey.objects.for_user(user)
        made = own.filter(form_token=form_token).first() if form_token else None
        if made is None:
            raise
        raise KeyAlreadyMade(made) from error
    logger.info("Key %s (%s) made for user %s.", key.pk, key.masked, user.pk)
    return key, token


def find_api_key(token: str) -> ApiKey | None:
    """The usable key of this token, with its user, or None.

    What is not well formed costs no query. Anything else costs the same single query, whether
    the key is unknown, revoked, expired or of a closed account, and the answer is the same None.
    """
    if not keys.is_well_formed(token):
        return None
    digests = [keys.digest(token, pepper) for pepper in settings.API_KEY_PEPPERS]
    key = ApiKey.objects.select_related("user").filter(digest__in=digests).first()
    if key is None or not key.is_usable() or not key.user.is_active:
        return None
    if key.pepper_id != keys.pepper_id(settings.API_KEY_PEPPERS[0]):
        _renew_digest(key, token)
    return key


def _renew_digest(key: ApiKey, token: str) -> None:
    """Move a key to the newest pepper, so that an old one can be retired after a while."""
    pepper = settings.API_KEY_PEPPERS[0]
    key.digest = keys.digest(token, pepper)
    key.pepper_id = keys.pepper_id(pepper)
    key.save(update_fields=["digest", "pepper_id"])


def touch(key: ApiKey) -> None:
    """Note that the key was used: at most one write a minute for each key."""
    now = timezone.now()
    if key.last_used_at is not None and key.last_used_at > now - TOUCH_EVERY:
        return
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - TOUCH_EVERY)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
    key.last_used_at = now


def revoke(key: ApiKey) -> bool:
    """End a key at once and for good; False when it had been revoked before."""
    now = timezone.now()
    revoked = ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=now)
    if not revoked:
        return False
    key.revoked_at = now
    logger.info("Key %s (%s) of user %s revoked.", key.pk, key.masked, key.user_id)
    return True


def rename(user: User, full_name: str) -> None:
    """Write what an account's person is called; its first word counts as the first name."""
    user.first_name, _, user.last_name = full_name.partition(" ")
    user.save(update_fields=["first_name", "last_name"])
