"""Lays what is written over what was made from the code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from audio_api.openapi.written import written

Schema = dict[str, Any]

ALWAYS = {"x-request-id": "RequestId", "openai-processing-ms": "ProcessingMs"}
"""Headers of every answer, and the component that describes each."""
PAID = {
    "x-ratelimit-limit-requests": "RateLimit",
    "x-ratelimit-remaining-requests": "RateRemaining",
    "x-ratelimit-reset-requests": "RateReset",
}
"""Headers of the endpoints that cost money."""


def complete(result: Schema, generator: Any, request: Any, public: bool) -> Schema:
    """drf-spectacular's hook: the whole document.

    Raises LookupError for a route without words and for words without a route.
    """
    unused = set(written("operations"))
    for title, operation in operations(result):
        if title not in unused:
            raise LookupError(f"{title} is not in the operations of any YAML file: describe it.")
        unused.remove(title)
        _describe(operation, deepcopy(written("operations")[title]))
    if unused:
        raise LookupError(f"The description has what is no route: {sorted(unused)}.")
    result["info"]["description"] = Path(__file__).with_name("overview.md").read_text("utf-8")
    components = result.setdefault("components", {})
    components["schemas"] = deepcopy(written("schemas")) | components.get("schemas", {})
    components["headers"] = deepcopy(written("responses")["headers"])
    components["responses"] = {
        name: _problem(deepcopy(words)) for name, words in written("responses")["responses"].items()
    }
    whole: Schema = _without_notes(result)
    return whole


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, Schema]]:
    """Each operation under its title, such as `POST /audio/speech`."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def _without_notes(node: Any) -> Any:
    """Without what drf-spectacular notes for its own hooks."""
    if isinstance(node, list):
        return [_without_notes(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: _without_notes(value) for key, value in node.items() if key != "x-spec-enum-id"}


def _describe(operation: Schema, words: Schema) -> None:
    paid = words.pop("x-paid", False)
    problems = words.pop("problems")
    parameters = words.pop("parameters", {})
    for parameter in operation.get("parameters", []):
        parameter.update(parameters.pop(parameter["name"], {}))
    if parameters:
        raise LookupError(f"{words['operationId']} has no parameters {sorted(parameters)}.")
    for status, answer in words.pop("responses").items():
        headers = answer.pop("headers", {}) | ALWAYS | (PAID if paid else {})
        made = operation["responses"].get(status, {})
        operation["responses"][status] = made | answer | {"headers": _headers(headers)}
    for problem in problems:
        status, name = _response(problem)
        operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    operation.update(words)


def _response(problem: str) -> tuple[str, str]:
    """Status and name of the response component that a problem names, by either of them."""
    known = written("responses")["responses"]
    if problem in known:
        return known[problem]["x-status"], problem
    return problem, next(name for name, words in known.items() if words["x-status"] == problem)


def _problem(words: Schema) -> Schema:
    """A response component out of its words."""
    headers = words.pop("headers", {}) | ALWAYS | PAID
    schema = words.pop("x-body", "Error")
    body = {
        "schema": {"$ref": f"#/components/schemas/{schema}"},
        "examples": words.pop("examples"),
    }
    del words["x-status"]
    return words | {"headers": _headers(headers), "content": {"application/json": body}}


def _headers(names: Mapping[str, str]) -> Schema:
    return {header: {"$ref": f"#/components/headers/{name}"} for header, name in names.items()}
