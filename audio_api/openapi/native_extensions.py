"""What drf-spectacular cannot know by itself of AudioPod's own endpoints."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiSerializerFieldExtension, OpenApiViewExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import Direction, extend_schema, extend_schema_view
from rest_framework.views import APIView

from accounts.serializers import (
    ApiKeySerializer,
    KeyQuerySerializer,
    NewKeySerializer,
    ProfileSerializer,
)
from audio_api.http.usage import UsageQuerySerializer
from audio_api.native.holding import WaitQuerySerializer
from audio_api.native.jobs import JobListQuerySerializer
from audio_api.native.listing import ListQuerySerializer
from audio_api.native.parsers import NATIVE_PARSERS
from audio_api.openapi.extensions import (
    ANSWER_IS_WRITTEN,
    IDEMPOTENCY_KEY,
    Body,
    Schema,
    Worded,
    describe,
)
from voices.serializers import VoiceChangeSerializer, VoiceProfileSerializer
from wallet.serializers import (
    PageSerializer,
    QuoteSerializer,
    RedeemSerializer,
    TopupSerializer,
)


class NewKeyBody(Body):
    target_class = "accounts.serializers.NewKeySerializer"
    component = "CreateApiKey"


class ProfileBody(Body):
    target_class = "accounts.serializers.ProfileSerializer"
    component = "UpdateProfile"


class QuoteBody(Body):
    target_class = "wallet.serializers.QuoteSerializer"
    component = "Quote"


class TopupBody(Body):
    target_class = "wallet.serializers.TopupSerializer"
    component = "Topup"


class RedeemBody(Body):
    target_class = "wallet.serializers.RedeemSerializer"
    component = "Redeem"


class VoiceChangeBody(Body):
    target_class = "voices.serializers.VoiceChangeSerializer"
    component = "UpdateVoice"


class ApiKeyAnswer(Worded):
    target_class = "accounts.serializers.ApiKeySerializer"


class Usd(OpenApiSerializerFieldExtension):
    """Dollars: asked as a number or as text, answered as text."""

    target_class = "accounts.serializers.UsdField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        if direction == "response":
            return {"type": "string"}
        text = {"type": "string", "pattern": r"^\$?[0-9][0-9,]{0,14}(\.[0-9]{1,12})?$"}
        return {"anyOf": [{"type": "number", "minimum": 0}, text]}


class Truth(OpenApiSerializerFieldExtension):
    target_class = "audio_api.native.fields.FlexibleBooleanField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        words = "|".join(_in_any_case(word) for word in ("true", "false", "yes", "no", "on", "off"))
        return {
            "anyOf": [
                {"type": "boolean"},
                {"type": "integer", "enum": [0, 1]},
                {"type": "string", "pattern": f"^({words}|0|1)$"},
            ],
            "default": self.target.default,
        }


def _in_any_case(word: str) -> str:
    return "".join(f"[{letter.upper()}{letter}]" for letter in word)


class Members(OpenApiSerializerFieldExtension):
    target_class = "audio_api.native.fields.FlexibleDictField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        return {"type": "object"}


class File(OpenApiSerializerFieldExtension):
    target_class = "audio_api.native.fields.FileField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        return {"type": "string", "format": "binary"}


class Files(OpenApiSerializerFieldExtension):
    target_class = "audio_api.native.fields.FilesField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        # how many there may be is said in words: parts of a form that are no files do not count
        return {"type": "array", "items": {"type": "string", "format": "binary"}}


class Creating(OpenApiViewExtension):
    """An endpoint that creates jobs: the same fields in three kinds of body."""

    target_class = "audio_api.native.creating.CreatingView"
    match_subclasses = True

    def view_replacement(self) -> type[APIView]:
        kinds = [parser.media_type for parser in NATIVE_PARSERS]
        post = extend_schema(
            request=dict.fromkeys(kinds, self.target.serializer_class),
            parameters=[IDEMPOTENCY_KEY],
            responses={200: OpenApiTypes.NONE},
        )
        copy = type(self.target.__name__, (self.target,), {})
        described: type[APIView] = extend_schema_view(post=post)(copy)
        return described


_NO_BODY = {204: None}

describe(
    "accounts.api.MeView",
    get=ANSWER_IS_WRITTEN,
    patch=extend_schema(
        request={"application/json": ProfileSerializer}, responses={200: OpenApiTypes.NONE}
    ),
)
describe(
    "accounts.api.ApiKeysView",
    get=extend_schema(
        parameters=[KeyQuerySerializer], responses={200: ApiKeySerializer(many=True)}
    ),
    post=extend_schema(
        request={"application/json": NewKeySerializer},
        parameters=[IDEMPOTENCY_KEY],
        responses={201: OpenApiTypes.NONE},
    ),
)
describe(
    "accounts.api.ApiKeyView",
    get=extend_schema(responses=ApiKeySerializer),
    delete=extend_schema(request=None, responses=_NO_BODY),
)
describe(
    "voices.api.OwnVoiceView",
    patch=extend_schema(
        request={"application/json": VoiceChangeSerializer}, responses=VoiceProfileSerializer
    ),
    delete=extend_schema(request=None, responses=_NO_BODY),
)
for _view in ("BalanceView", "PricingView", "ServiceTypesView"):
    describe(f"wallet.api.{_view}", get=ANSWER_IS_WRITTEN)
for _view in ("EstimateView", "CheckBalanceView"):
    describe(
        f"wallet.api.{_view}",
        post=extend_schema(
            request={"application/json": QuoteSerializer}, responses={200: OpenApiTypes.NONE}
        ),
    )
for _view in ("CheckoutView", "PaymentIntentView"):
    describe(
        f"wallet.api.{_view}",
        post=extend_schema(
            request={"application/json": TopupSerializer},
            parameters=[IDEMPOTENCY_KEY],
            responses={200: OpenApiTypes.NONE},
        ),
    )
describe(
    "wallet.api.RedeemView",
    post=extend_schema(
        request={"application/json": RedeemSerializer}, responses={200: OpenApiTypes.NONE}
    ),
)
describe(
    "wallet.api.TopupsView",
    get=extend_schema(parameters=[PageSerializer], responses={200: OpenApiTypes.NONE}),
)
describe(
    "audio_api.http.usage.UsageView",
    get=extend_schema(parameters=[UsageQuerySerializer], responses={200: OpenApiTypes.NONE}),
)
for _view in ("credits.CreditsView", "credits.CreditMultipliersView", "music.ScoresView"):
    describe(f"audio_api.native.{_view}", get=ANSWER_IS_WRITTEN)
describe(
    "audio_api.native.credits.CreditUsageView",
    get=extend_schema(parameters=[ListQuerySerializer], responses={200: OpenApiTypes.NONE}),
)
describe(
    "audio_api.native.jobs.JobListView",
    get=extend_schema(parameters=[JobListQuerySerializer], responses={200: OpenApiTypes.NONE}),
)
for _view in (
    "speech.job_api.SpeechStatusView",
    "transcription.job_api.TranscriptionStatusView",
):
    describe(
        f"audio_api.services.{_view}",
        get=extend_schema(parameters=[WaitQuerySerializer], responses={200: OpenApiTypes.NONE}),
    )
describe("audio_api.services.conversion.api.FormatsView", get=ANSWER_IS_WRITTEN)
describe(
    "audio_api.native.jobs.JobView",
    get=extend_schema(parameters=[WaitQuerySerializer], responses={200: OpenApiTypes.NONE}),
    delete=extend_schema(request=None, responses=_NO_BODY),
)
for _view in ("JobCancelView", "JobRetryView"):
    describe(f"audio_api.native.jobs.{_view}", post=ANSWER_IS_WRITTEN)
