"""How it may sound: the voices that can be asked for, and the names they answer to."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from voices.catalogue import DISPLAY_NAME_LENGTH, LANGUAGE_LENGTH, NAME_LENGTH
from voices.dictionary import Pronunciation

__all__ = [
    "NAME_PATTERN",
    "TAG_LENGTH",
    "Aliases",
    "FavouriteVoice",
    "Pronunciation",
    "Reader",
    "VoiceAlias",
    "VoiceProfile",
    "VoiceProfileQuerySet",
]

Reader = User | AnonymousUser | None
"""Whoever looks at voices: somebody who has logged in or sent a key, or nobody known."""

Aliases = Mapping[int, Sequence[str]]
"""Voice id -> the aliases that lead to it now, from `services.answering_aliases`."""

DESCRIPTION_LENGTH = 500
"""characters"""
TAG_LENGTH = 32
"""characters"""
NAME_PATTERN = rf"[a-z][a-z0-9_-]{{0,{NAME_LENGTH - 1}}}"
"""Begins with a letter, so that a name is never mistaken for an id."""

is_voice_name = RegexValidator(
    rf"^{NAME_PATTERN}\Z",
    _("Use lower-case letters, digits, - and _, and begin with a letter."),
)
is_language_tag = RegexValidator(
    r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z",
    _("Use a BCP 47 language tag such as en, en-GB or pt-BR."),
)


def is_tag_list(value: object) -> None:
    """Validate that `value` is a list of short texts. Raises ValidationError."""
    if not isinstance(value, list) or not all(
        isinstance(tag, str) and 0 < len(tag) <= TAG_LENGTH for tag in value
    ):
        raise ValidationError(_('Give a JSON list of short texts, such as ["warm", "calm"].'))


class VoiceProfileQuerySet(models.QuerySet["VoiceProfile"]):
    def active(self) -> VoiceProfileQuerySet:
        """Not switched off by the operator."""
        return self.filter(is_active=True)

    def offered(self) -> VoiceProfileQuerySet:
        """Active, and installed as far as is known since the last refresh."""
        return self.active().filter(is_installed=True)

    def public(self) -> VoiceProfileQuerySet:
        return self.filter(owner__isnull=True)

    def visible_to(self, user: Reader) -> VoiceProfileQuerySet:
        """The public voices, and the user's own."""
        if user is None or not user.is_authenticated:
            return self.public()
        return self.filter(Q(owner__isnull=True) | Q(owner=user))

    def speaking(self, tag: str) -> VoiceProfileQuerySet:
        """Those of a BCP 47 tag and of what is below it: `en` also finds `en-GB`."""
        return self.filter(Q(language__iexact=tag) | Q(language__istartswith=f"{tag}-"))

    def tagged(self, tag: str) -> VoiceProfileQuerySet:
        """Those with this very tag. SQLite keeps JSON as Python writes it, PostgreSQL as text."""
        written = {json.dumps(tag), json.dumps(tag, ensure_ascii=False)}
        said = Q(pk__in=[])
        for text in written:
            said |= Q(tag_text__contains=text)
        return self.alias(tag_text=Cast("tags", TextField())).filter(said)

    def mentioning(self, text: str, aliases: Aliases) -> VoiceProfileQuerySet:
        """Those with `text` in a name, an alias that leads to them, the description or a tag."""
        called_so = [pk for pk, names in aliases.items() if any(text.lower() in n for n in names)]
        anywhere = Q(pk__in=called_so)
        for field in ("name", "display_name", "description", "accent", "tag_text"):
            anywhere |= Q(**{f"{field}__icontains": text})
        return self.alias(tag_text=Cast("tags", TextField())).filter(anywhere)

    def with_favourites_of(self, user: Reader) -> VoiceProfileQuerySet:
        """Each with `is_favourite`: whether this user has marked it."""
        marked = FavouriteVoice.objects.none()
        if user is not None and user.is_authenticated:
            marked = FavouriteVoice.objects.filter(voice=OuterRef("pk"), user=user)
        return self.annotate(is_favourite=Exists(marked))


class VoiceProfile(models.Model):
    """A voice that requests may name: public, or one user's own."""

    class Gender(models.TextChoices):
        FEMALE = "female", _("female")
        MALE = "male", _("male")
        NEUTRAL = "neutral", _("neutral")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=NAME_LENGTH, validators=[is_voice_name])
    display_name = models.CharField(_("display name"), max_length=DISPLAY_NAME_LENGTH)
    engine = models.CharField(_("engine"), max_length=32)
    engine_voice = models.CharField(
        _("engine voice"), max_length=255, help_text=_("the engine's own name for it")
    )
    language = models.CharField(
        _("language"),
        max_length=LANGUAGE_LENGTH,
        validators=[is_language_tag],
        help_text=_("BCP 47: en-GB"),
    )
    gender = models.CharField(_("gender"), max_length=8, choices=Gender, blank=True)
    accent = models.CharField(_("accent"), max_length=50, blank=True)
    description = models.TextField(_("description"), max_length=DESCRIPTION_LENGTH, blank=True)
    tags: models.JSONField[list[str], list[str]] = models.JSONField(
        _("tags"),
        default=list,
        blank=True,
        validators=[is_tag_list],
        help_text=_('a JSON list of words: ["warm", "narration"]'),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="voices",
        verbose_name=_("owner"),
        help_text=_("nobody: the voice is public"),
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_installed = models.BooleanField(
        _("installed"), default=False, editable=False, help_text=_("its weights are here")
    )
    pace_ms = models.FloatField(
        _("pace"),
        null=True,
        editable=False,
        help_text=_("milliseconds that a beat takes at speed 1; measured"),
    )
    gain_db = models.FloatField(
        _("gain"),
        null=True,
        editable=False,
        help_text=_("decibels that bring it to the level of all voices; measured"),
    )
    preview = models.FileField(_("preview"), upload_to="previews/", blank=True)
    seeded: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        default=dict, blank=True, editable=False, help_text=_("what seeding wrote here last")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects = VoiceProfileQuerySet.as_manager()

    class Meta:
        verbose_name = _("voice")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(owner__isnull=True), name="voice_name_public"
            ),
            # Per owner, so that nobody learns from a refusal what others call their voices.
            models.UniqueConstraint(
                fields=["owner", "name"],
                condition=Q(owner__isnull=False),
                name="voice_name_per_owner",
            ),
            models.UniqueConstraint(
                fields=["engine", "engine_voice"],
                condition=Q(owner__isnull=True),
                name="voice_engine_voice_public",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_custom(self) -> bool:
        """Whether it is one user's own."""
        return self.owner_id is not None

    @property
    def preview_url(self) -> str:
        """Where it is heard. Another recording has another address, as browsers keep it."""
        path = reverse("voice-preview", args=[self.uuid])
        kept = PurePosixPath(self.preview.name or "").stem
        return f"{path}?v={kept[-8:]}" if kept else path


class VoiceAlias(models.Model):
    """Another name of a voice. Of several voices with one alias, the first offered answers."""

    name = models.CharField(_("alias"), max_length=NAME_LENGTH, validators=[is_voice_name])
    voice = models.ForeignKey(VoiceProfile, models.CASCADE, related_name="aliases")
    preference = models.PositiveSmallIntegerField(
        _("preference"),
        default=0,
        help_text=_("the lowest number whose voice is active and installed answers"),
    )

    class Meta:
        verbose_name = _("alias")
        verbose_name_plural = _("aliases")
        ordering = ["name", "preference"]
        constraints = [
            models.UniqueConstraint(fields=["name", "voice"], name="alias_once_per_voice"),
            models.UniqueConstraint(fields=["name", "preference"], name="alias_in_order"),
        ]

    def __str__(self) -> str:
        return self.name


class FavouriteVoice(models.Model):
    """A voice that an account has marked, to find it again."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="favourite_voices"
    )
    voice = models.ForeignKey(VoiceProfile, models.CASCADE, related_name="favourites")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("favourite voice")
        constraints = [
            models.UniqueConstraint(fields=["user", "voice"], name="favourite_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.voice_id}"
