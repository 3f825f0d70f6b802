"""The requests and answers of the endpoints of an account and its API keys."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework import serializers

from accounts import networks
from accounts.models import ApiKey, ApiKeyQuerySet
from accounts.scopes import Scope, scope_names
from audiopod.common import money
from audiopod.common.strict import StrictCharField, StrictIntegerField

MAX_NAME_CHARACTERS = 100
MAX_FULL_NAME_CHARACTERS = 150
MAX_DAYS = 3650
MAX_BUDGET_MICROS = 1_000_000_000 * money.MICROS_PER_USD
"""A billion dollars."""
STATUSES = ("active", "expired", "revoked")


class UsdField(serializers.Field[int, Any, str, Any]):
    """Dollars, as a number or as text such as "5.00" or "$1,250.00"; micro-dollars inside."""

    default_error_messages = {
        "invalid": "Use an amount in US dollars, such as 5.00, with six decimals at most.",
        "max_value": "Use less than a billion dollars.",
    }

    def to_internal_value(self, data: Any) -> int:
        text = str(data)
        if isinstance(data, bool) or not isinstance(data, int | float | str):
            self.fail("invalid")
        if text != text.strip():
            self.fail("invalid")
        try:
            micros = money.parse_usd(text)
        except ValueError:
            self.fail("invalid")
        if micros > MAX_BUDGET_MICROS:
            self.fail("max_value")
        return micros

    def to_representation(self, value: int) -> str:
        return money.usd_exact(value)


class NetworkField(StrictCharField):
    """A network as CIDR, or an address, which is a network too; CIDR inside."""

    def to_internal_value(self, data: Any) -> str:
        try:
            return str(networks.network_of(super().to_internal_value(data)))
        except networks.InvalidNetwork as error:
            raise serializers.ValidationError(str(error), code="invalid_value") from None


class ScopesField(serializers.ListField):
    """Scopes that there are when it is asked, among them those of the kinds of work."""

    def __init__(self, **kwargs: Any) -> None:
        names = scope_names()
        child = serializers.ChoiceField(choices=names)
        super().__init__(child=child, max_length=len(names), **kwargs)


class NewKeySerializer(serializers.Serializer[dict[str, Any]]):
    """`POST /auth/api-keys`. A key's own limits may be lower than the server's, never higher."""

    name = StrictCharField(max_length=MAX_NAME_CHARACTERS)
    scopes = ScopesField(allow_empty=False, required=False)
    expires_in_days = StrictIntegerField(
        min_value=1, max_value=MAX_DAYS, required=False, allow_null=True
    )
    monthly_limit_usd = UsdField(required=False, allow_null=True)
    total_limit_usd = UsdField(required=False, allow_null=True)
    requests_per_minute = StrictIntegerField(min_value=1, required=False, allow_null=True)
    max_concurrent_jobs = StrictIntegerField(min_value=1, required=False, allow_null=True)
    allowed_networks = serializers.ListField(
        child=NetworkField(),
        required=False,
        allow_null=True,
        max_length=networks.MAX_NETWORKS,
    )

    def validate_scopes(self, value: list[str]) -> list[str]:
        """Each scope once, or EVERYTHING alone, which contains all others."""
        if Scope.EVERYTHING in value:
            return [Scope.EVERYTHING.value]
        return list(dict.fromkeys(value))

    def validate_allowed_networks(self, value: list[str] | None) -> list[str] | None:
        return None if value is None else list(dict.fromkeys(value))

    def validate_requests_per_minute(self, value: int | None) -> int | None:
        return _within(value, most_requests_per_minute())

    def validate_max_concurrent_jobs(self, value: int | None) -> int | None:
        return _within(value, most_concurrent_jobs())


MAX_COUNT = 2**31 - 1
"""The largest number that fits the column."""


def most_requests_per_minute() -> int:
    """The highest rate limit that a key may have of its own: the server's, if it has one."""
    return settings.RATE_LIMIT_PER_MINUTE or MAX_COUNT


def most_concurrent_jobs() -> int:
    """The highest limit of concurrent jobs that a key may have of its own."""
    return settings.MAX_CONCURRENT_JOBS or MAX_COUNT


def _within(value: int | None, largest: int) -> int | None:
    if value is not None and value > largest:
        raise serializers.ValidationError(f"Use at most {largest}.", code="max_value")
    return value


class KeyQuerySerializer(serializers.Serializer[dict[str, Any]]):
    """The query of the list of keys."""

    status = serializers.ChoiceField(choices=STATUSES, required=False)
    skip = serializers.IntegerField(min_value=0, max_value=1_000_000, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=100)

    def select(self, keys: ApiKeyQuerySet) -> ApiKeyQuerySet:
        """The keys that the query asks for, the newest first. Call after `is_valid`."""
        asked = self.validated_data
        match asked.get("status"):
            case "active":
                keys = keys.usable()
            case "revoked":
                keys = keys.filter(revoked_at__isnull=False)
            case "expired":
                keys = keys.filter(revoked_at__isnull=True, expires_at__lte=timezone.now())
        return keys[asked["skip"] : asked["skip"] + asked["limit"]]


class ApiKeySerializer(serializers.ModelSerializer[ApiKey]):
    """A key as its owner sees it, without its token."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    status = serializers.SerializerMethodField()
    key_hint = serializers.CharField(source="masked", read_only=True)
    monthly_limit_usd = UsdField(source="monthly_limit_micros", read_only=True)
    total_limit_usd = UsdField(source="total_limit_micros", read_only=True)

    class Meta:
        model = ApiKey
        fields = [
            "id",
            "name",
            "key_hint",
            "status",
            "scopes",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
            "requests_per_minute",
            "max_concurrent_jobs",
            "monthly_limit_usd",
            "monthly_limit_micros",
            "total_limit_usd",
            "total_limit_micros",
            "allowed_networks",
            "last_used_address",
        ]
        read_only_fields = fields

    def get_status(self, key: ApiKey) -> str:
        if key.revoked_at is not None:
            return "revoked"
        return "active" if key.is_usable() else "expired"


class ProfileSerializer(serializers.Serializer[dict[str, Any]]):
    """`PATCH /auth/me`."""

    full_name = StrictCharField(
        max_length=MAX_FULL_NAME_CHARACTERS, allow_blank=True, required=False
    )

    def validate_full_name(self, value: str) -> str:
        return " ".join(value.split())
