"""Who wants to know, and the outbox: what is to be told, written where it became true."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from webhooks import events, signing
from webhooks.targets import MAX_URL_CHARACTERS

MAX_DESCRIPTION_CHARACTERS = 200
MAX_ORIGIN_CHARACTERS = 300


class Signing(models.Model):
    """A secret, and the one before it, which still signs until its time is over."""

    secret = models.TextField(editable=False, help_text=_("encrypted"))
    previous_secret = models.TextField(blank=True, editable=False, help_text=_("encrypted"))
    previous_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("how long the old secret signs")
    )

    class Meta:
        abstract = True

    @property
    def is_rotating(self) -> bool:
        """Whether the secret before the newest one signs still."""
        return self.previous_until is not None and self.previous_until > timezone.now()

    def signing_secret(self) -> str:
        """The secret that signs now. Raises InvalidToken when it can't be decrypted any more."""
        return signing.opened(self.previous_secret if self.is_rotating else self.secret)


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def for_user(self, user: User) -> EndpointQuerySet:
        """Those of an account that it has not removed, the oldest first."""
        return self.filter(user=user, deleted_at=None).order_by("created_at", "pk")


class Endpoint(Signing):
    """An address that an account has chosen to be told of its jobs at."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False
    )
    url = models.CharField(_("address"), max_length=MAX_URL_CHARACTERS)
    events: models.JSONField[list[str], list[str]] = models.JSONField(
        _("events"), default=events.of_jobs
    )
    description = models.CharField(
        _("description"), max_length=MAX_DESCRIPTION_CHARACTERS, blank=True
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    # its row stays for a while: a job that ends at this moment may refer to it
    deleted_at = models.DateTimeField(_("removed"), null=True, blank=True, editable=False)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("endpoint")
        verbose_name_plural = _("endpoints")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "url"],
                name="webhook_endpoint_once",
                condition=Q(deleted_at__isnull=True),
            )
        ]
        indexes = [
            models.Index(
                fields=["deleted_at"],
                name="webhook_endpoint_deleted",
                condition=Q(deleted_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.url


class AccountSecret(Signing):
    """What signs the events of an account's jobs that name a `webhook_url` of their own."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+"
    )
    shown_at = models.DateTimeField(
        null=True, blank=True, help_text=_("when its owner has seen it; empty: never")
    )

    class Meta:
        verbose_name = _("signing secret of an account")
        verbose_name_plural = _("signing secrets of accounts")

    def __str__(self) -> str:
        return str(self.user_id)


class Receiver(models.Model):
    """Where events of an account go: an endpoint, or the host of a `webhook_url`.

    Deliveries to one never wait for those to another.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False
    )
    endpoint = models.OneToOneField(
        Endpoint, models.CASCADE, null=True, blank=True, related_name="receiver"
    )
    origin = models.CharField(
        max_length=MAX_ORIGIN_CHARACTERS,
        blank=True,
        help_text=_("scheme, host and port; empty for an endpoint, which may move"),
    )
    is_slow = models.BooleanField(
        default=False, help_text=_("its last answer took long, or did not come")
    )
    dead_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("when an event was first given up, and none arrived since"),
    )
    mailed_at = models.DateTimeField(
        null=True, blank=True, help_text=_("when its owner was last told that events do not arrive")
    )

    class Meta:
        verbose_name = _("receiver")
        verbose_name_plural = _("receivers")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "origin"],
                name="webhook_receiver_once",
                condition=Q(endpoint__isnull=True),
            )
        ]
        indexes = [
            models.Index(
                fields=["dead_since"],
                name="webhook_receiver_dead",
                condition=Q(dead_since__isnull=False),
            ),
            models.Index(fields=["user"], name="webhook_receiver_user"),
        ]

    def __str__(self) -> str:
        return self.endpoint.url if self.endpoint else self.origin


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def for_user(self, user: User) -> DeliveryQuerySet:
        """An account's, but for those to endpoints that it has removed; the newest first."""
        mine = self.filter(user=user, receiver__endpoint__deleted_at=None)
        return mine.select_related("receiver__endpoint").order_by("-created_at", "-pk")

    def due(self, now: datetime) -> DeliveryQuerySet:
        """Those whose time has come, to receivers that take any."""
        # a paused endpoint can still be tested
        awake = (
            Q(receiver__endpoint=None)
            | Q(receiver__endpoint__is_active=True)
            | Q(event_type=events.Event.TEST)
        )
        return self.filter(awake, next_attempt_at__lte=now, receiver__endpoint__deleted_at=None)

    def under_way(self, now: datetime) -> DeliveryQuerySet:
        """Those that a worker is sending at this moment."""
        return self.filter(lease_until__gt=now)


class Delivery(models.Model):
    """One event for one receiver, until it has arrived or is given up."""

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting")
        FAILED = "failed", _("will be tried again")
        DELIVERED = "delivered", _("delivered")
        DEAD = "dead", _("given up")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # the indexes below begin with both
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False
    )
    receiver = models.ForeignKey(Receiver, models.CASCADE, related_name="+", db_index=False)
    url = models.CharField(
        max_length=MAX_URL_CHARACTERS,
        blank=True,
        help_text=_("of a job's own; empty: where the endpoint is by then"),
    )
    event_id = models.CharField(_("event"), max_length=64)
    event_type = models.CharField(_("type"), max_length=32, choices=events.Event)
    job_number = models.BigIntegerField(_("job"), null=True, blank=True)
    body = models.TextField(help_text=_("as it is signed and sent, to the letter"))
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(
        _("next attempt"), null=True, blank=True, default=timezone.now
    )
    claim = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("how often a worker has taken it")
    )
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    response_code = models.PositiveSmallIntegerField(_("response code"), null=True, blank=True)
    response_body = models.TextField(
        _("response"), blank=True, help_text=_("the first 1024 bytes of the last one")
    )
    error = models.CharField(_("error"), max_length=16, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="webhook_log_user"),
            models.Index(fields=["receiver", "-created_at"], name="webhook_log_receiver"),
            models.Index(fields=["created_at"], name="webhook_log_age"),
            # Few of all that there are wait, and fewer are under way.
            models.Index(
                fields=["receiver", "next_attempt_at"],
                name="webhook_due",
                condition=Q(next_attempt_at__isnull=False),
            ),
            models.Index(
                fields=["receiver", "lease_until"],
                name="webhook_under_way",
                condition=Q(lease_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.event_id}"

    @property
    def target(self) -> str:
        """The address that it goes to."""
        endpoint = self.receiver.endpoint
        return self.url or (endpoint.url if endpoint else "")

    @property
    def is_open(self) -> bool:
        return self.next_attempt_at is not None

    def signing_secret(self) -> str:
        """Of its endpoint, or of the account. Raises InvalidToken as `Signing.signing_secret`."""
        signer: Signing = self.receiver.endpoint or AccountSecret.objects.get(pk=self.user_id)
        return signer.signing_secret()


class Attempt(models.Model):
    """One try at a delivery, and what came of it."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="tries")
    number = models.PositiveSmallIntegerField()
    began_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    response_code = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=16, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["number", "pk"]

    def __str__(self) -> str:
        return f"{self.number}: {self.response_code or self.error}"
