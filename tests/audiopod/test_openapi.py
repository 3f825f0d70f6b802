"""The description of the API is good OpenAPI, and tells the whole truth.

That the answers are as described is seen where Schemathesis asks for them: tests/fuzz_api.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import yaml
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from accounts.serializers import ApiKeySerializer, NewKeySerializer, ProfileSerializer
from audio_api.openapi.document import document
from audio_api.openapi.hooks import complete, operations
from audio_api.openapi.written import words_of
from audio_api.services.speech.job_form import SpeechJobSerializer
from audio_api.services.speech.serializer import SpeechSerializer
from audio_api.services.transcription.chunking import ServerVadSerializer
from audio_api.services.transcription.job_form import TranscriptionJobSerializer
from audio_api.services.transcription.serializer import (
    TranscriptionSerializer,
    TranslationSerializer,
)
from tests.pages import page_of
from voices.serializers import VoiceChangeSerializer, VoiceProfileSerializer
from wallet.serializers import QuoteSerializer, RedeemSerializer, TopupSerializer
from webhooks.serializers import (
    AttemptSerializer,
    DeliverySerializer,
    EndpointChangeSerializer,
    EndpointSerializer,
    NewEndpointSerializer,
    RotationSerializer,
)

PREFIX = "api/v1/"
WORDED = [
    *(SpeechSerializer, TranscriptionSerializer, TranslationSerializer),
    *(SpeechJobSerializer, TranscriptionJobSerializer),
    *(ServerVadSerializer, VoiceProfileSerializer, VoiceChangeSerializer),
    *(NewKeySerializer, ApiKeySerializer, ProfileSerializer),
    *(QuoteSerializer, TopupSerializer, RedeemSerializer),
    *(NewEndpointSerializer, EndpointChangeSerializer, EndpointSerializer),
    *(DeliverySerializer, AttemptSerializer, RotationSerializer),
]
OPERATIONS = dict(operations(document()))
BARE = {
    ("POST /api-wallet/check-balance", "402"): "NativeError",
    ("POST /jobs/{ident}/retry", "402"): "NativeError",
    ("POST /voice/voices/{ref}/generate", "402"): "NativeError",
    ("POST /transcription/transcribe", "402"): "NativeError",
    ("POST /transcription/transcribe-upload", "402"): "NativeError",
    ("POST /transcribe/transcribe", "402"): "NativeError",
    ("POST /transcribe/transcribe-upload", "402"): "NativeError",
    ("POST /transcription/jobs/{ident}/retry", "402"): "NativeError",
    ("POST /media-converter/convert", "402"): "NativeError",
    ("POST /media-converter/bulk-convert", "402"): "NativeError",
    ("POST /media-converter/jobs/{ident}/retry", "402"): "NativeError",
    ("POST /denoiser/denoise", "402"): "NativeError",
    ("POST /denoiser/jobs/{ident}/retry", "402"): "NativeError",
    ("POST /api-wallet/topup/checkout", "400"): "AnyError",
    ("POST /api-wallet/topup/payment-intent", "400"): "AnyError",
}
"""Refusals that AudioPod documents with the bare code as `error`."""
PAID = {"POST /audio/speech", "POST /audio/transcriptions", "POST /audio/translations"}


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        elif path.startswith(PREFIX):
            yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path.removeprefix(PREFIX))


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Every object in the document."""
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    for inner in node if isinstance(node, list) else ():
        yield from nodes(inner)


def examples() -> Iterator[tuple[dict[str, Any], Any]]:
    """Each example with its schema: of a schema itself, and of what a body or a header holds."""
    for node in nodes(document()):
        match node:
            case {"schema": schema, "examples": dict(named)}:
                yield from ((schema, example["value"]) for example in named.values())
            case {"schema": {**schema}, "example": example} if "data" not in schema.get(
                "required", ()
            ):
                yield schema, example
            case {"examples": list(values)}:
                yield from ((node, example) for example in values)


def at(ref: str) -> Any:
    found: Any = document()
    for name in ref.removeprefix("#/").split("/"):
        found = found[name]
    return found


def judge(schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
    """A validator of one schema, with the components that it may refer to."""
    return jsonschema.Draft202012Validator(schema | {"components": document()["components"]})


def test_it_is_openapi_3_1() -> None:
    assert document()["openapi"].startswith("3.1.")
    validate_schema(document())


def test_every_route_is_described_and_nothing_else() -> None:
    assert set(document()["paths"]) == set(routes(get_resolver().url_patterns))


def test_a_route_without_words_is_an_error() -> None:
    with pytest.raises(LookupError, match="POST /audio/songs is not in"):
        complete({"paths": {"/audio/songs": {"post": {}}}}, None, None, public=True)


def test_words_without_a_route_are_an_error() -> None:
    with pytest.raises(LookupError, match="POST /audio/speech"):
        complete({"paths": {}}, None, None, public=True)


def test_nothing_in_it_was_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    GENERATOR_STATS.reset()
    SchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS, capsys.readouterr().err


def test_every_reference_leads_somewhere() -> None:
    references = [node["$ref"] for node in nodes(document()) if isinstance(node.get("$ref"), str)]
    assert len(references) > 100
    for reference in references:
        assert at(reference)


@pytest.mark.parametrize("serializer", WORDED, ids=lambda s: s.__name__)
def test_every_field_has_words_and_no_words_are_left_over(serializer: Any) -> None:
    words = words_of(serializer)
    assert set(words) == set(serializer().fields)
    assert all(field["description"] for field in words.values())


@pytest.mark.parametrize("title", OPERATIONS)
def test_every_operation_says_what_it_is_for(title: str) -> None:
    operation = OPERATIONS[title]
    assert operation["summary"]
    assert operation["description"]
    for parameter in operation.get("parameters", []):
        assert parameter["description"], parameter["name"]


def test_no_two_operations_have_one_name() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("title", OPERATIONS)
def test_every_answer_is_traceable(title: str) -> None:
    for answer in OPERATIONS[title]["responses"].values():
        headers = (at(answer["$ref"]) if "$ref" in answer else answer)["headers"]
        assert {"x-request-id", "openai-processing-ms"} <= set(headers)


@pytest.mark.parametrize("title", OPERATIONS)
def test_every_failure_has_the_one_body(title: str) -> None:
    responses = OPERATIONS[title]["responses"]
    failures = {status: answer for status, answer in responses.items() if status >= "400"}
    assert "500" in failures
    for status, answer in failures.items():
        schema = at(answer["$ref"])["content"]["application/json"]["schema"]
        name = BARE.get((title, status), "Error")
        assert schema == {"$ref": f"#/components/schemas/{name}"}


def test_the_error_has_all_four_members() -> None:
    error = judge({"$ref": "#/components/schemas/Error"})
    whole = {"message": "no", "type": "server_error", "param": None, "code": None}
    assert error.is_valid({"error": whole})
    for name in whole:
        assert not error.is_valid({"error": {k: v for k, v in whole.items() if k != name}})


def test_whoever_may_come_without_a_key_is_said_so() -> None:
    keyless = {title for title, operation in OPERATIONS.items() if {} in operation["security"]}
    assert {"GET /audio/voices", "GET /audio/models", "GET /schema"} <= keyless
    assert {"GET /api-wallet/pricing", "POST /api-wallet/estimate"} <= keyless
    assert not keyless & (PAID | {"GET /api-wallet/balance", "GET /models", "POST /auth/api-keys"})


def test_an_operation_names_the_scopes_that_it_wants() -> None:
    assert {"BearerKey": ["voice:synthesize"]} in OPERATIONS["POST /audio/speech"]["security"]
    assert {"HeaderKey": ["keys:write"]} in OPERATIONS["POST /auth/api-keys"]["security"]
    assert {"HeaderKey": ["keys:read"]} in OPERATIONS["GET /auth/api-keys"]["security"]


@pytest.mark.parametrize("title", sorted(PAID))
def test_what_costs_money_shows_its_limits_and_can_be_sent_twice(title: str) -> None:
    operation = OPERATIONS[title]
    assert "x-ratelimit-remaining-requests" in operation["responses"]["200"]["headers"]
    assert {"409", "413", "422", "429", "503"} <= set(operation["responses"])
    assert [p["name"] for p in operation["parameters"]] == ["Idempotency-Key"]


def test_forms_spell_lists_and_objects_as_openais_clients_do() -> None:
    form = at("#/components/schemas/CreateTranscriptionRequest")
    assert {
        *("file", "timestamp_granularities[]", "include[]", "languages[]", "keywords[]"),
        *("chunking_strategy", "chunking_strategy[type]", "chunking_strategy[threshold]"),
        *("known_speaker_names[]", "known_speaker_references[]"),
    } <= set(form["properties"])
    assert "timestamp_granularities" not in form["properties"]
    assert set(form["required"]) == {"file", "model"}


def test_the_body_of_a_speech_is_what_the_serializer_takes() -> None:
    speech = judge({"$ref": "#/components/schemas/CreateSpeechRequest"})
    body = {"model": "tts-1", "input": "Hi", "voice": "nova"}
    assert speech.is_valid(body)
    assert speech.is_valid(body | {"voice": {"id": 7}, "speed": None, "unknown": 1})
    for wrong in ({"speed": 5}, {"input": "x" * 4097}, {"input": ""}, {"voice": []}, {"model": 1}):
        assert not speech.is_valid(body | wrong), wrong
        serializer = SpeechSerializer(data=body | wrong)
        assert not serializer.is_valid(), wrong


def test_every_example_is_as_described() -> None:
    found = list(examples())
    assert len(found) > 60
    for schema, example in found:
        judge(schema).validate(example)


def test_every_example_of_a_stream_is_as_described() -> None:
    streams = [n["text/event-stream"] for n in nodes(document()) if "text/event-stream" in n]
    assert len(streams) == 2
    for stream in streams:
        event = judge(stream["schema"]["properties"]["data"]["contentSchema"])
        lines = stream["example"].strip().split("\n\n")
        assert len(lines) > 1
        for line in lines:
            event.validate(json.loads(line.removeprefix("data: ")))


# --- over HTTP ------------------------------------------------------------------------------
URL = "/api/v1/schema"


def test_programs_can_fetch_it_without_a_key(client: Client) -> None:
    response = client.get(URL)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/vnd.oai.openapi+json"
    assert "max-age=" in response.headers["Cache-Control"]
    assert response.json() == document()


def test_yaml_says_the_same(client: Client) -> None:
    response = client.get(URL, {"format": "yaml"})
    assert response.headers["Content-Type"] == "application/vnd.oai.openapi"
    assert yaml.safe_load(response.content) == document()


def test_who_has_it_need_not_fetch_it_again(client: Client) -> None:
    tag = client.get(URL).headers["ETag"]
    again = client.get(URL, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_another_format_is_refused_in_our_words(client: Client) -> None:
    response = client.get(URL, {"format": "xml"})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "format"


@pytest.mark.django_db
def test_people_have_a_page_of_it(client: Client) -> None:
    response = client.get("/docs/api/")
    page = page_of(response)
    place = next(d for d in page.all("div") if d.get("id") == "reference")
    assert place["data-schema"] == URL


@pytest.mark.django_db
def test_the_page_is_as_strict_as_the_others_but_for_sound(client: Client) -> None:
    rules = client.get("/docs/api/").headers["Content-Security-Policy"]
    allowed = dict(rule.strip().split(" ", 1) for rule in rules.split(";"))
    assert allowed.pop("media-src") == "'self' blob:"
    others = client.get("/login/").headers["Content-Security-Policy"]
    assert allowed.items() <= dict(rule.strip().split(" ", 1) for rule in others.split(";")).items()
    assert allowed["script-src"] == allowed["style-src"] == allowed["img-src"] == "'self'"


@pytest.mark.django_db
def test_every_file_of_the_page_is_on_this_server(client: Client) -> None:
    page = page_of(client.get("/docs/api/"))
    files = [script["src"] for script in page.all("script")]
    files += [link["href"] for link in page.all("link")]
    assert any("swagger-ui-bundle.js" in (file or "") for file in files)
    for file in files:
        assert file
        assert client.get(file).status_code == 200, file
