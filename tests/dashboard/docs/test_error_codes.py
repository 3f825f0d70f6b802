"""Every code that the source can answer with is explained, and no other."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework import serializers

import accounts.serializers
import audio_api.services.speech.serializer
import audio_api.services.transcription.chunking
import audio_api.services.transcription.serializer
import voices.serializers
import wallet.serializers
import webhooks.serializers
from audiopod.errors import _FIELD_CODES
from dashboard.docs.error_codes import sections
from tests.harness.programs import ROOT

APPS = ("accounts", "audio_api", "audiopod", "dashboard", "voices", "wallet", "webhooks")
ELSEWHERE = (
    "fake_stripe",
    "migrations",
    "dashboard/docs",
    "dashboard/playground",
    "accounts/signin",
    "/service.py",
)
"""What is no answer of the API: another API, pages with answers of their own, explanations."""
TOLD = {
    *("Problem", "ValidationError", "ErrorDetail", "AuthenticationFailed", "NotFound"),
    *("_unpaid", "fail"),
}
"""What makes an answer of the `code` that it is called with."""
SERIALIZERS = (
    accounts.serializers,
    audio_api.services.speech.serializer,
    audio_api.services.transcription.serializer,
    audio_api.services.transcription.chunking,
    voices.serializers,
    wallet.serializers,
    webhooks.serializers,
)
DATES = {"date", "make_aware"}
"""Of fields that are only ever shown."""


def explained() -> set[str]:
    return {error.code for _, _, codes in sections() for error in codes if error.code}


def sources() -> Iterator[Path]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if not any(part in str(path.relative_to(ROOT)) for part in ELSEWHERE):
                yield path


def answers(tree: ast.Module) -> Iterator[ast.expr]:
    """The `code=` of every call that makes an answer."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name in TOLD:
            yield from (each.value for each in node.keywords if each.arg == "code")


def value_of(path: Path, code: ast.expr) -> str | None:
    """What the expression is: a text, or a name of the module; None where it is only passed on."""
    if isinstance(code, ast.Constant):
        return str(code.value)
    if not isinstance(code, ast.Name):
        return None
    dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    value = getattr(importlib.import_module(dotted), code.id, None)
    return value if isinstance(value, str) else None


def is_of_a_form(path: Path) -> bool:
    """Forms and the administration answer people, who see no code."""
    return "forms" in path.stem or "admin" in path.stem


def said_by_the_source() -> set[str]:
    found = set()
    for path in sources():
        if is_of_a_form(path):
            continue
        codes = [value_of(path, code) for code in answers(ast.parse(path.read_text()))]
        found |= {code for code in codes if code}
    return found


def all_fields(
    serializer: serializers.Serializer[Any],
) -> Iterator[serializers.Field[Any, Any, Any, Any]]:
    for field in serializer.fields.values():
        yield field
        if isinstance(field, serializers.ListField):
            yield field.child


def said_by_fields() -> set[str]:
    """What a body or a query can be refused with by the fields that read it."""
    found = set()
    for module in SERIALIZERS:
        for kind in vars(module).values():
            if not isinstance(kind, type) or not issubclass(kind, serializers.Serializer):
                continue
            if kind.__module__.startswith("rest_framework"):
                continue
            for field in all_fields(kind()):
                if not field.read_only:
                    found |= set(field.error_messages)
                    found |= {getattr(judge, "code", "invalid") for judge in field.validators}
    return {_FIELD_CODES.get(code, code) for code in found} - DATES


def test_what_the_source_answers_with_is_explained() -> None:
    said = said_by_the_source()
    assert {"budget_exceeded", "missing_scope", "overloaded"} <= said
    assert said - explained() == set()


def test_what_fields_are_refused_with_is_explained() -> None:
    said = said_by_fields()
    assert {"max_value", "missing_required_parameter", "invalid_type"} <= said
    assert said - explained() == set()


def test_nothing_is_explained_that_is_never_said() -> None:
    text = "".join(path.read_text() for path in sources())
    for code in explained() - said_by_fields():
        assert f'"{code}"' in text, code


def test_no_code_is_explained_twice() -> None:
    codes = [(error.code, error.status) for _, _, found in sections() for error in found]
    assert len(codes) == len(set(codes))


@pytest.mark.django_db
def test_every_code_is_on_the_page(client: Client) -> None:
    text = client.get(reverse("docs-page", args=["errors"])).content.decode()
    for code in explained():
        assert f"<code>{code}</code>" in text
