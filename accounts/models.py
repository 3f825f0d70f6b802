"""Users, who log in with their e-mail address, and the API keys that act for them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.keys import tokens


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Raises ValueError without an e-mail address. Without a password, none can be used."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        # not iexact: the database folds letters, such as the dotless i, that the throttle does not
        return self.get(email=(username or "").strip().lower())


class User(AbstractUser):
    """An account, which owns a wallet, keys and jobs. Requests do not write to its row."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    daily_limit_micros = models.BigIntegerField(
        _("daily budget"), null=True, blank=True, help_text=_("micro-dollars; empty: no limit")
    )
    warn_below_micros = models.BigIntegerField(
        _("warn below"),
        null=True,
        blank=True,
        help_text=_("micro-dollars; empty: LOW_BALANCE_MICROS, 0: never"),
    )
    language = models.CharField(
        _("language"), max_length=8, blank=True, help_text=_("of pages and mails; empty: unknown")
    )
    closed_at = models.DateTimeField(
        _("closed"), null=True, blank=True, help_text=_("when its owner had it deleted")
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(
                fields=["closed_at"], name="user_closed", condition=Q(closed_at__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_whatever_the_case"),
            models.CheckConstraint(
                name="user_limits_not_negative",
                condition=(Q(daily_limit_micros__isnull=True) | Q(daily_limit_micros__gte=0))
                & (Q(warn_below_micros__isnull=True) | Q(warn_below_micros__gte=0)),
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.strip().lower()
        super().save(*args, **kwargs)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def for_user(self, user: User) -> ApiKeyQuerySet:
        return self.filter(user=user)

    def usable(self) -> ApiKeyQuerySet:
        """Keys that are neither revoked nor expired, of active accounts."""
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()),
            revoked_at__isnull=True,
            user__is_active=True,
        )


def every_scope() -> list[str]:
    return ["*"]


class ApiKey(models.Model):
    """A key of the form `ap_…`. Only its HMAC is stored: the token is shown once, when made."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    public_id = models.UUIDField(
        unique=True, default=uuid.uuid4, editable=False, help_text=_("its id in the API")
    )
    name = models.CharField(_("name"), max_length=100)
    scopes: models.JSONField[list[str], list[str]] = models.JSONField(
        _("scopes"), default=every_scope, help_text=_('what it opens; ["*"] is everything')
    )
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    pepper_id = models.CharField(max_length=8, editable=False)
    first = models.CharField(max_length=tokens.SHOWN_FIRST, editable=False)
    last = models.CharField(max_length=tokens.SHOWN_LAST, editable=False)
    form_token = models.UUIDField(
        unique=True,
        default=uuid.uuid4,
        editable=False,
        help_text=_("the form that made it: sent twice, a form still makes one key"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    requests_per_minute = models.PositiveIntegerField(
        _("requests per minute"),
        null=True,
        blank=True,
        help_text=_("to the paid endpoints; empty: RATE_LIMIT_PER_MINUTE, 0: no limit"),
    )
    max_concurrent_jobs = models.PositiveIntegerField(
        _("jobs at a time"),
        null=True,
        blank=True,
        help_text=_("queued or running; empty: MAX_CONCURRENT_JOBS, 0: no limit"),
    )
    monthly_limit_micros = models.BigIntegerField(
        _("monthly budget"), null=True, blank=True, help_text=_("micro-dollars; empty: no limit")
    )
    total_limit_micros = models.BigIntegerField(
        _("total budget"), null=True, blank=True, help_text=_("micro-dollars; empty: no limit")
    )
    allowed_networks: models.JSONField[list[str], list[str]] = models.JSONField(
        _("allowed networks"),
        default=list,
        blank=True,
        help_text=_('CIDR, such as ["203.0.113.0/24", "2001:db8::/32"]; empty: from anywhere'),
    )
    last_used_address = models.GenericIPAddressField(
        _("last used from"), null=True, blank=True, editable=False
    )
    replaces = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="replacements",
        help_text=_("the key that was rotated into this one"),
    )

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="key_budgets_not_negative",
                condition=(Q(monthly_limit_micros__isnull=True) | Q(monthly_limit_micros__gte=0))
                & (Q(total_limit_micros__isnull=True) | Q(total_limit_micros__gte=0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.masked})"

    @property
    def masked(self) -> str:
        """`ap_1a2b3…w9Zq`: enough to tell keys apart, and not enough to use one."""
        return f"{self.first}…{self.last}"

    def is_usable(self, now: datetime | None = None) -> bool:
        now = now or timezone.now()
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)
