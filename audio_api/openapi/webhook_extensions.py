"""What drf-spectacular cannot know by itself of the endpoints of webhooks."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema

from audio_api.openapi.extensions import ANSWER_IS_WRITTEN, Body, Worded, describe
from webhooks.serializers import (
    DeliveryQuerySerializer,
    DeliverySerializer,
    EndpointChangeSerializer,
    EndpointSerializer,
    NewEndpointSerializer,
    RotationSerializer,
)


class NewEndpointBody(Body):
    target_class = "webhooks.serializers.NewEndpointSerializer"
    component = "CreateWebhookEndpoint"


class EndpointChangeBody(Body):
    target_class = "webhooks.serializers.EndpointChangeSerializer"
    component = "UpdateWebhookEndpoint"


class RotationBody(Body):
    target_class = "webhooks.serializers.RotationSerializer"
    component = "RotateWebhookSecret"


class EndpointAnswer(Worded):
    target_class = "webhooks.serializers.EndpointSerializer"


class AttemptAnswer(Worded):
    target_class = "webhooks.serializers.AttemptSerializer"


class DeliveryAnswer(Worded):
    target_class = "webhooks.serializers.DeliverySerializer"


_LOG = extend_schema(
    parameters=[DeliveryQuerySerializer], responses={200: DeliverySerializer(many=True)}
)

describe(
    "webhooks.api.EndpointsView",
    get=extend_schema(responses={200: EndpointSerializer(many=True)}),
    post=extend_schema(
        request={"application/json": NewEndpointSerializer}, responses={201: OpenApiTypes.NONE}
    ),
)
describe(
    "webhooks.api.EndpointView",
    get=extend_schema(responses=EndpointSerializer),
    patch=extend_schema(
        request={"application/json": EndpointChangeSerializer}, responses=EndpointSerializer
    ),
    delete=extend_schema(request=None, responses={204: None}),
)
describe(
    "webhooks.api.RotationView",
    post=extend_schema(
        request={"application/json": RotationSerializer}, responses={200: OpenApiTypes.NONE}
    ),
)
describe("webhooks.api.EndpointTestView", post=ANSWER_IS_WRITTEN)
describe("webhooks.api.RedeliverView", post=ANSWER_IS_WRITTEN)
describe("webhooks.api.EndpointLogView", get=_LOG)
describe("webhooks.api.LogView", get=_LOG)
