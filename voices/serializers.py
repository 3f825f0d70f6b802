"""The shapes of the voices API: the question in the URL, and a voice as its clients know it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language_info
from rest_framework import serializers

from audiopod.common.strict import StrictCharField
from voices.catalogue import DISPLAY_NAME_LENGTH, LANGUAGE_LENGTH
from voices.models import (
    DESCRIPTION_LENGTH,
    Aliases,
    Reader,
    VoiceProfile,
    VoiceProfileQuerySet,
)

MAX_LIMIT = 100
"""voices in one answer"""
MAX_SKIP = 1_000_000
LANGUAGE_PATTERN = r"^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$"

# Django's table has no plain Chinese, and calls American English just English.
_LANGUAGE_NAMES = {"en-us": "American English", "zh": "Mandarin Chinese"}


def language_name(tag: str) -> str:
    """The English name of a BCP 47 tag, or the tag itself where no table has it.

    >>> language_name("pt-BR")
    'Brazilian Portuguese'
    """
    folded = tag.lower()
    if folded in _LANGUAGE_NAMES:
        return _LANGUAGE_NAMES[folded]
    try:
        return str(get_language_info(folded)["name"])
    except KeyError:
        return tag


class VoiceQuerySerializer(serializers.Serializer[dict[str, Any]]):
    """The query of the list. A value that makes no sense is refused, an unknown key ignored."""

    skip = serializers.IntegerField(min_value=0, max_value=MAX_SKIP, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_LIMIT, default=MAX_LIMIT)
    include_public = serializers.BooleanField(default=True)
    is_public = serializers.BooleanField(required=False)
    voice_type = serializers.CharField(required=False)
    language = serializers.RegexField(
        LANGUAGE_PATTERN,
        required=False,
        max_length=LANGUAGE_LENGTH,
        error_messages={"invalid": "Use a BCP 47 language tag such as en, en-GB or pt-BR."},
    )
    gender = serializers.ChoiceField(required=False, choices=VoiceProfile.Gender.choices)
    engine = serializers.SlugField(required=False, max_length=32)
    q = serializers.CharField(required=False, allow_blank=True, max_length=100)

    def validate_voice_type(self, value: str) -> str:
        """The SDK writes it in lower case, the documentation in capitals."""
        if value.upper() not in {"STANDARD", "CUSTOM"}:
            raise serializers.ValidationError("Use STANDARD or CUSTOM.")
        return value.upper()

    def select(self, user: Reader, aliases: Aliases) -> VoiceProfileQuerySet:
        """The voices asked for, of those offered to `user`. Call after `is_valid`."""
        asked = self.validated_data
        voices = VoiceProfile.objects.offered().visible_to(user)
        for condition in self._conditions(asked):
            voices = voices.filter(condition)
        if tag := asked.get("language"):
            voices = voices.speaking(tag)
        if text := asked.get("q"):
            voices = voices.mentioning(text, aliases)
        return voices[asked["skip"] : asked["skip"] + asked["limit"]]

    def _conditions(self, asked: dict[str, Any]) -> list[Q]:
        public = Q(owner__isnull=True)
        conditions = [] if asked["include_public"] else [~public]
        if "is_public" in asked:
            conditions.append(public if asked["is_public"] else ~public)
        if "voice_type" in asked:
            conditions.append(public if asked["voice_type"] == "STANDARD" else ~public)
        exact = {key: asked[key] for key in ("gender", "engine") if key in asked}
        return [*conditions, Q(**exact)]


class VoiceChangeSerializer(serializers.Serializer[dict[str, Any]]):
    """`PATCH /voice/voices/{ref}`. What is not there stays as it is."""

    name = StrictCharField(max_length=DISPLAY_NAME_LENGTH, required=False)
    description = StrictCharField(max_length=DESCRIPTION_LENGTH, required=False, allow_blank=True)
    gender = serializers.ChoiceField(required=False, choices=VoiceProfile.Gender.choices)
    is_public = serializers.BooleanField(required=False)

    def validate_is_public(self, value: bool) -> bool:
        if value:
            raise serializers.ValidationError("A voice of your own cannot be made public here.")
        return value


class VoiceProfileSerializer(serializers.ModelSerializer[VoiceProfile]):
    """A voice with every key that a client of the voice list has been seen to read.

    Context: `request` and `aliases` (`Aliases`).
    """

    voice_id = serializers.UUIDField(source="uuid")
    voice_type = serializers.SerializerMethodField()
    category = serializers.SerializerMethodField()
    provider = serializers.CharField(source="engine")
    is_custom = serializers.BooleanField()
    is_public = serializers.SerializerMethodField()
    language_code = serializers.CharField(source="language")
    language_name = serializers.SerializerMethodField()
    preview_url = serializers.SerializerMethodField()
    created_by = serializers.IntegerField(source="owner_id", allow_null=True)
    status = serializers.CharField(read_only=True, default="COMPLETED")
    supported_features = serializers.SerializerMethodField()
    aliases = serializers.SerializerMethodField()

    class Meta:
        model = VoiceProfile
        fields = [
            "id",
            "uuid",
            "voice_id",
            "name",
            "display_name",
            "aliases",
            "description",
            "voice_type",
            "category",
            "provider",
            "is_public",
            "is_custom",
            "created_by",
            "language",
            "language_code",
            "language_name",
            "gender",
            "accent",
            "tags",
            "preview_url",
            "status",
            "created_at",
            "supported_features",
        ]

    def get_voice_type(self, voice: VoiceProfile) -> str:
        return "CUSTOM" if voice.is_custom else "STANDARD"

    def get_category(self, voice: VoiceProfile) -> str:
        return self.get_voice_type(voice).lower()

    def get_is_public(self, voice: VoiceProfile) -> bool:
        return not voice.is_custom

    def get_language_name(self, voice: VoiceProfile) -> str:
        return language_name(voice.language)

    def get_preview_url(self, voice: VoiceProfile) -> str | None:
        """Only public voices have a preview: anybody may fetch it, without a key."""
        if voice.is_custom:
            return None
        path = reverse("voice-preview", args=[voice.uuid])
        return str(self.context["request"].build_absolute_uri(path))

    def get_supported_features(self, voice: VoiceProfile) -> dict[str, bool]:
        return {"speed_control": True, "pitch_control": False}

    def get_aliases(self, voice: VoiceProfile) -> list[str]:
        aliases: Aliases = self.context["aliases"]
        return list(aliases.get(voice.pk, ()))
