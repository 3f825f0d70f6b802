"""What drf-spectacular cannot know by itself: our fields, our keys, and what views read."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
    OpenApiViewExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import Direction, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.views import APIView

from accounts.scopes import required_scopes_of
from audio_api.http.bodies import WordOrObject
from audio_api.http.fields import TextField
from audio_api.openapi.written import words_of
from audiopod.common import idempotency
from voices.serializers import VoiceProfileSerializer, VoiceQuerySerializer

Schema = dict[str, Any]


# --- who may ask ----------------------------------------------------------------------------
class ApiKeys(OpenApiAuthenticationExtension):
    """A key, as either of two headers."""

    target_class = "accounts.authentication.ApiKeyAuthentication"
    name = ["BearerKey", "HeaderKey"]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[Any]]]:
        view: Any = auto_schema.view
        wanted = [str(scope) for scope in required_scopes_of(view, auto_schema.method)]
        return [{name: wanted} for name in self.name]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[Schema]:
        return [
            {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "ap_…",
                "description": "An API key from the dashboard, as OpenAI's clients send theirs.",
            },
            {
                "type": "apiKey",
                "in": "header",
                "name": "X-API-Key",
                "description": "The same key, for programs that cannot set `Authorization`.",
            },
        ]


class OptionalApiKeys(ApiKeys):
    """The same keys, where nobody needs one: they are defined above."""

    target_class = "voices.api.OptionalApiKey"

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[Any]]]:
        return [*super().get_security_requirement(auto_schema), {}]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[Schema]:
        return []


# --- what a body may hold -------------------------------------------------------------------
class Text(OpenApiSerializerFieldExtension):
    target_class = "audio_api.http.fields.TextField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        field: TextField = self.target
        schema: Schema = {"type": "string", "maxLength": field.max_length}
        if not field.allow_empty:
            schema["minLength"] = 1
        if isinstance(field.default, str) and field.default:
            schema["default"] = field.default
        return schema


class Voice(OpenApiSerializerFieldExtension):
    target_class = "audio_api.http.fields.VoiceField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        plain = {"type": ["string", "integer"]}
        wrapped = {"type": "object", "required": ["id"], "properties": {"id": plain}}
        return {"anyOf": [plain, wrapped]}


class Worded(OpenApiSerializerExtension):
    """A serializer's schema with the words of `fields.yaml`: KeyError for a field without."""

    target_class: str | type[object] | None = "voices.serializers.VoiceProfileSerializer"

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        schema: Schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        words = words_of(type(self.target))
        fields = {
            name: {key: value for key, value in field.items() if key not in _NOISE} | words[name]
            for name, field in schema["properties"].items()
        }
        if direction == "response":
            schema["required"] = list(fields)  # an answer has every key, whatever a form may lack
        return schema | {"properties": fields}


_NOISE = {"readOnly", "title"}


class Body(Worded):
    """What a request sends. drf-spectacular adds `Request` to the name."""

    target_class: str | type[object] | None = None
    component: str

    def get_name(self, auto_schema: AutoSchema, direction: Direction) -> str:
        return self.component


class WordedParts(Worded):
    target_class = "audio_api.http.bodies.Described"
    match_subclasses = True


class WordedBody(Body):
    """A body that says itself what it is called, and what is as good as absent in it."""

    target_class = "audio_api.http.bodies.Body"
    match_subclasses = True
    priority = 1

    def get_name(self, auto_schema: AutoSchema, direction: Direction) -> str:
        name: str = self.target.component
        return name

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        schema = super().map_serializer(auto_schema, direction)
        required = schema.get("required", ())
        fields = {
            name: field if name in required else _or_any_of(self.target.absent, field)
            for name, field in schema["properties"].items()
        }
        return schema | {"properties": fields}


def _or_any_of(values: tuple[Any, ...], field: Schema) -> Schema:
    """A field that may also be one of these values."""
    if not values:
        return field
    said = {key: field[key] for key in ("description", "default", "examples") if key in field}
    shape = {key: value for key, value in field.items() if key not in said}
    return said | {"anyOf": [shape, {"enum": [*values]}]}


class WordedForm(WordedBody):
    target_class = "audio_api.http.bodies.FormBody"
    priority = 2

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        schema = super().map_serializer(auto_schema, direction)
        fields = {
            f"{name}[]" if field.get("type") == "array" else name: field
            for name, field in schema["properties"].items()
        }
        schema |= {"properties": fields}
        for name, field in self.target.fields.items():
            if isinstance(field, WordOrObject):
                schema = _with_members(
                    schema, name, auto_schema._map_serializer(field.members(), direction)
                )
        return schema


def _with_members(schema: Schema, name: str, inner: Schema) -> Schema:
    """A form with the members of an object, of which the optional ones need the others."""
    members = {f"{name}[{member}]": field for member, field in inner["properties"].items()}
    needed = [f"{name}[{member}]" for member in inner["required"]]
    optional = sorted(members.keys() - set(needed))
    return schema | {
        "properties": schema["properties"] | members,
        "dependentRequired": schema.get("dependentRequired", {}) | dict.fromkeys(optional, needed),
    }


class OneWord(OpenApiSerializerFieldExtension):
    """What it is in one piece; `WordedForm` adds its members."""

    target_class = "audio_api.http.bodies.WordOrObject"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        return {"type": "string", "enum": [*self.target.words]}


# --- what views read and show ---------------------------------------------------------------
IDEMPOTENCY_KEY = OpenApiParameter(
    idempotency.HEADER,
    {
        "type": "string",
        "minLength": 1,
        "maxLength": idempotency.MAX_CHARACTERS,
        "pattern": "^[ -~]+$",
    },
    OpenApiParameter.HEADER,
    description="A value of your own, new for each request, such as a UUID. The same request sent"
    " again with it gets the first result and is paid once.",
)


def describe(view: str, **operations: Any) -> None:
    """Attach what `extend_schema` made, by method, to the view at that import path."""

    class Described(OpenApiViewExtension):
        target_class = view

        def view_replacement(self) -> type[APIView]:
            copy = type(self.target.__name__, (self.target,), {})
            described: type[APIView] = extend_schema_view(**operations)(copy)
            return described

    _ = Described


class Paid(OpenApiViewExtension):
    """An endpoint of a kind of work: what it reads, it says itself."""

    target_class = "audio_api.http.paid.PaidView"
    match_subclasses = True

    def view_replacement(self) -> type[APIView]:
        media_type = self.target.parser_classes[0].media_type
        post = extend_schema(
            request={media_type: self.target.serializer_class},
            parameters=[IDEMPOTENCY_KEY],
            responses={200: OpenApiTypes.NONE},
        )
        copy = type(self.target.__name__, (self.target,), {})
        described: type[APIView] = extend_schema_view(post=post)(copy)
        return described


ANSWER_IS_WRITTEN = extend_schema(request=None, responses={200: OpenApiTypes.NONE})
_LIST_OF_VOICES = extend_schema(
    parameters=[VoiceQuerySerializer], responses={200: VoiceProfileSerializer(many=True)}
)

describe("audio_api.http.models.ModelsView", get=ANSWER_IS_WRITTEN)
describe("audio_api.http.models.ModelView", get=ANSWER_IS_WRITTEN)
describe("audio_api.http.choices.SpeechModelsView", get=ANSWER_IS_WRITTEN)
describe("voices.api.VoiceChoicesView", get=ANSWER_IS_WRITTEN)
describe("voices.api.VoiceProfilesView", get=_LIST_OF_VOICES)
describe("voices.api.PublicVoiceProfilesView", get=_LIST_OF_VOICES)
describe("voices.api.VoiceProfileView", get=extend_schema(responses=VoiceProfileSerializer))
describe(
    "audio_api.openapi.views.SchemaView",
    get=extend_schema(
        parameters=[OpenApiParameter("format", str, enum=["json", "yaml"], default="json")],
        request=None,
        responses={200: OpenApiTypes.NONE},
    ),
)
