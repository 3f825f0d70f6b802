"""The requests and answers of the endpoints of webhooks."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from audiopod.common.strict import StrictCharField, StrictIntegerField
from webhooks.events import Event
from webhooks.models import MAX_DESCRIPTION_CHARACTERS, Attempt, Delivery, Endpoint
from webhooks.targets import MAX_URL_CHARACTERS

MAX_OVERLAP_HOURS = 7 * 24


class EventsField(serializers.ListField):
    """Types of events, each once."""

    def __init__(self, **kwargs: Any) -> None:
        child = serializers.ChoiceField(choices=Event.values)
        super().__init__(child=child, max_length=len(Event.values), **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        return list(dict.fromkeys(super().to_internal_value(data)))


class NewEndpointSerializer(serializers.Serializer[dict[str, Any]]):
    """`POST /webhooks/endpoints`. Without events it is told of all that becomes of jobs."""

    url = StrictCharField(max_length=MAX_URL_CHARACTERS)
    events = EventsField(required=False, allow_null=True)
    description = StrictCharField(
        max_length=MAX_DESCRIPTION_CHARACTERS, allow_blank=True, allow_null=True, required=False
    )


class StrictBooleanField(serializers.BooleanField):
    """A JSON boolean."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class EndpointChangeSerializer(serializers.Serializer[dict[str, Any]]):
    """`PATCH /webhooks/endpoints/{id}`. What is left out stays as it is."""

    url = StrictCharField(max_length=MAX_URL_CHARACTERS, required=False)
    events = EventsField(required=False, allow_empty=False)
    active = StrictBooleanField(required=False, source="is_active")
    description = StrictCharField(
        max_length=MAX_DESCRIPTION_CHARACTERS, allow_blank=True, required=False
    )


class RotationSerializer(serializers.Serializer[dict[str, Any]]):
    """`POST /webhooks/endpoints/{id}/rotate`: how long the old secret goes on signing."""

    overlap_hours = StrictIntegerField(min_value=0, max_value=MAX_OVERLAP_HOURS, default=24)


class EndpointSerializer(serializers.ModelSerializer[Endpoint]):
    """An endpoint, without its secret."""

    events = serializers.ListField(child=serializers.CharField())
    active = serializers.BooleanField(source="is_active")

    class Meta:
        model = Endpoint
        fields = ["id", "url", "events", "active", "description", "created_at"]
        read_only_fields = fields


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One try."""

    class Meta:
        model = Attempt
        fields = ["number", "began_at", "milliseconds", "response_code", "error"]
        read_only_fields = fields


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """A line of the log. `tries` has each attempt, and the rest what came of the last one."""

    job_id = serializers.IntegerField(source="job_number")
    url = serializers.CharField(source="target")
    endpoint_id = serializers.UUIDField(source="receiver.endpoint_id", allow_null=True)
    tries = AttemptSerializer(many=True)

    class Meta:
        model = Delivery
        fields = [
            "id",
            "endpoint_id",
            "url",
            "event_id",
            "event_type",
            "job_id",
            "status",
            "attempts",
            "response_code",
            "response_body",
            "error",
            "next_attempt_at",
            "created_at",
            "delivered_at",
            "tries",
        ]
        read_only_fields = fields


class DeliveryQuerySerializer(serializers.Serializer[dict[str, Any]]):
    """Which lines of the log."""

    status = serializers.ChoiceField(choices=Delivery.Status.values, required=False)
    event_type = serializers.ChoiceField(choices=Event.values, required=False)
    skip = serializers.IntegerField(min_value=0, max_value=1_000_000, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)
