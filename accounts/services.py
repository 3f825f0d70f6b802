"""Making, finding, changing, rotating and revoking API keys. The only writer of `ApiKey`."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import networks
from accounts.keys import tokens
from accounts.models import ApiKey, User, every_scope

logger = logging.getLogger(__name__)

TOUCH_EVERY = timedelta(seconds=60)
"""The time and the address of a key's last use are written at most this often."""


class KeyAlreadyMade(Exception):
    """The form that asks for a key has already made one: `key`."""

    def __init__(self, key: ApiKey) -> None:
        super().__init__(f"The form has made key {key.pk} already.")
        self.key = key


class KeyNotUsable(Exception):
    """The key is revoked or has expired, so it cannot be changed any more."""


class AlreadyRotated(Exception):
    """The key has a usable successor: `successor`."""

    def __init__(self, key: ApiKey, successor: ApiKey) -> None:
        super().__init__(f"Key {key.pk} was rotated into key {successor.pk} already.")
        self.successor = successor


@dataclass(frozen=True, kw_only=True)
class KeyLimits:
    """What one key may use and spend. None: no limit of its own; 0 requests or jobs: no limit."""

    requests_per_minute: int | None = None
    max_concurrent_jobs: int | None = None
    monthly_limit_micros: int | None = None
    total_limit_micros: int | None = None

    @classmethod
    def of(cls, key: ApiKey) -> KeyLimits:
        """The limits of a key."""
        return cls(**{field.name: getattr(key, field.name) for field in fields(cls)})


def create_api_key(
    *,
    user: User,
    name: str,
    expires_at: datetime | None = None,
    form_token: uuid.UUID | None = None,
    scopes: Sequence[str] = (),
    limits: KeyLimits | None = None,
    allowed_networks: Sequence[str] = (),
    replaces: ApiKey | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; returns it with its token, which is stored nowhere and cannot be shown again.

    `form_token` identifies the form that was sent. Without `scopes` the key may do everything, and
    without `allowed_networks` (CIDR, as `networks.parse` returns them) it works from anywhere.
    Raises KeyAlreadyMade when the form has made a key before, and ValueError for an expiry in the
    past.
    """
    if expires_at is not None and expires_at <= timezone.now():
        raise ValueError("The expiry must lie in the future.")
    token = tokens.make_token()
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
                allowed_networks=list(allowed_networks),
                replaces=replaces,
                digest=tokens.digest(token, pepper),
                pepper_id=tokens.pepper_id(pepper),
                first=token[: tokens.SHOWN_FIRST],
                last=token[-tokens.SHOWN_LAST :],
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
    """The usable key with this token, with its user, or None.

    A malformed token costs no query. Every other token costs one query, and an unknown, revoked or
    expired key is answered with None just like that of a closed account.
    """
    if not tokens.is_well_formed(token):
        return None
    digests = [tokens.digest(token, pepper) for pepper in settings.API_KEY_PEPPERS]
    key = ApiKey.objects.select_related("user").filter(digest__in=digests).first()
    if key is None or not key.is_usable() or not key.user.is_active:
        return None
    if key.pepper_id != tokens.pepper_id(settings.API_KEY_PEPPERS[0]):
        _renew_digest(key, token)
    return key


def _renew_digest(key: ApiKey, token: str) -> None:
    """Hash a key with the newest pepper, so that the old one can be removed after a while."""
    pepper = settings.API_KEY_PEPPERS[0]
    key.digest = tokens.digest(token, pepper)
    key.pepper_id = tokens.pepper_id(pepper)
    key.save(update_fields=["digest", "pepper_id"])


def touch(key: ApiKey, address: str | None) -> None:
    """Note that the key was used, and from where: at most one write a minute for each key."""
    now = timezone.now()
    if key.last_used_at is not None and key.last_used_at > now - TOUCH_EVERY:
        return
    where = networks.address_of(address)
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - TOUCH_EVERY)
    ApiKey.objects.filter(stale, pk=key.pk).update(
        last_used_at=now, last_used_address=where and str(where)
    )
    key.last_used_at = now


def change(
    key: ApiKey,
    *,
    name: str,
    scopes: Sequence[str],
    limits: KeyLimits,
    allowed_networks: Sequence[str],
) -> None:
    """Change the name, scopes, limits and networks of a key, from its next request on.

    Raises KeyNotUsable for a key that is revoked or has expired.
    """
    changed = ApiKey.objects.usable().filter(pk=key.pk)
    if not changed.update(
        name=name,
        scopes=list(scopes),
        allowed_networks=list(allowed_networks),
        **asdict(limits),
    ):
        raise KeyNotUsable
    logger.info("Key %s (%s) of user %s changed.", key.pk, key.masked, key.user_id)


def rotate(
    key: ApiKey, *, overlap: timedelta, form_token: uuid.UUID | None = None
) -> tuple[ApiKey, str]:
    """Make the successor of a key, with its name, scopes, limits and networks; returns it with
    its token.

    The old key goes on working for `overlap`, but not beyond its own expiry; without an overlap it
    is revoked. The new key has the whole lifetime of the old one, and its budgets start at zero.
    Raises KeyNotUsable, and AlreadyRotated while the key has a usable successor: of two rotations
    at the same moment, one succeeds.
    """
    with transaction.atomic():
        old = ApiKey.objects.select_for_update(of=("self",)).select_related("user").get(pk=key.pk)
        now = timezone.now()
        if not (old.is_usable(now) and old.user.is_active):
            raise KeyNotUsable
        if successor := ApiKey.objects.usable().filter(replaces=old).first():
            raise AlreadyRotated(old, successor)
        made = create_api_key(
            user=old.user,
            name=old.name,
            expires_at=old.expires_at and now + (old.expires_at - old.created_at),
            form_token=form_token,
            scopes=old.scopes,
            limits=KeyLimits.of(old),
            allowed_networks=old.allowed_networks,
            replaces=old,
        )
        _end_after(old, now, overlap)
    return made


def _end_after(old: ApiKey, now: datetime, overlap: timedelta) -> None:
    if not overlap:
        revoke(old)
        return
    ends_at = now + overlap
    if old.expires_at is None or old.expires_at > ends_at:
        old.expires_at = ends_at
        old.save(update_fields=["expires_at"])


def revoke(key: ApiKey) -> bool:
    """End a key at once and for good. False: it was revoked before."""
    now = timezone.now()
    revoked = ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=now)
    if not revoked:
        return False
    key.revoked_at = now
    logger.info("Key %s (%s) of user %s revoked.", key.pk, key.masked, key.user_id)
    return True


def set_full_name(user: User, full_name: str) -> None:
    """Save the name of an account's owner. Its first word is the first name."""
    user.first_name, _, user.last_name = full_name.partition(" ")
    user.save(update_fields=["first_name", "last_name"])
