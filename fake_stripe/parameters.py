"""Judges a request by the SDK's own description of that call: the TypedDicts of stripe.params.

What they do not name is refused as Stripe refuses it (400 `parameter_unknown`), so a request
that has drifted from the pinned version of the SDK fails in every test that sends it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import (
    Any,
    ForwardRef,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
)

from stripe import RequestOptions
from typing_extensions import is_typeddict

from fake_stripe.errors import ApiError, invalid, missing

_METADATA_KEYS, _METADATA_NAME, _METADATA_VALUE = 50, 40, 500
_OPTIONS = frozenset(RequestOptions.__annotations__)
"""The request parameters of a call inherit the SDK's own options, which are never sent."""


_INTEGER = re.compile(r"-?[0-9]{1,18}")


@dataclass
class _Kinds:
    """What a parameter may be."""

    shapes: list[type] = field(default_factory=list)
    item: Any = None
    mapping: bool = False
    words: list[str] = field(default_factory=list)
    scalars: set[type] = field(default_factory=set)


def check(given: Mapping[str, Any], shape: type, *, within: str = "") -> dict[str, Any]:
    """The parameters with integers and booleans as such. Raises ApiError as Stripe answers."""
    known = _fields(shape)
    checked = {}
    for name, value in given.items():
        path = f"{within}[{name}]" if within else name
        if name not in known:
            message = f"Received unknown parameter: {path}"
            raise ApiError(400, message, param=path, code="parameter_unknown")
        checked[name] = _value(value, known[name], path)
    for name in sorted(getattr(shape, "__required_keys__", ())):
        if name in known and name not in given:
            raise missing(f"{within}[{name}]" if within else name)
    return checked


@cache
def _fields(shape: type) -> dict[str, _Kinds]:
    module = vars(sys.modules[shape.__module__])
    names = {name: kind for name, kind in shape.__annotations__.items() if name not in _OPTIONS}
    return {name: _kinds(annotation, module) for name, annotation in names.items()}


def _kinds(annotation: Any, module: dict[str, Any]) -> _Kinds:
    kinds = _Kinds()
    for member in _members(annotation, module):
        origin = get_origin(member)
        if is_typeddict(member):
            kinds.shapes.append(member)
        elif origin is list:
            kinds.item = _kinds(get_args(member)[0], module)
        elif origin is Literal:
            kinds.words += [str(word) for word in get_args(member)]
        elif member in (int, bool, str, float, Decimal):
            kinds.scalars.add(member)
        elif isinstance(origin, type):  # Dict[str, str] or the SDK's own mapping
            kinds.mapping = True
    return kinds


def _members(annotation: Any, module: dict[str, Any]) -> Iterator[Any]:
    """The alternatives of an annotation, names in quotes looked up where they were written."""
    if isinstance(annotation, ForwardRef):
        annotation = annotation.__forward_arg__
    if isinstance(annotation, str):
        annotation = eval(annotation, module)  # noqa: S307 - written in the SDK, not by a client
    origin = get_origin(annotation)
    if origin in (NotRequired, Required, Union, UnionType):
        for member in get_args(annotation):
            yield from _members(member, module)
    else:
        yield annotation


def _value(value: Any, kinds: _Kinds, path: str) -> Any:
    if kinds.mapping and isinstance(value, list):  # its keys happen to be 0, 1, 2
        value = {str(n): item for n, item in enumerate(value)}
    if isinstance(value, dict):
        return _hash(value, kinds, path)
    if isinstance(value, list):
        if kinds.item is None:
            raise invalid(f"Invalid string: {path} is an array", param=path)
        return [_value(item, kinds.item, f"{path}[{n}]") for n, item in enumerate(value)]
    return _scalar(value, kinds, path)


def _hash(value: dict[str, Any], kinds: _Kinds, path: str) -> dict[str, Any]:
    if kinds.mapping:
        return _metadata(value, path)
    if not kinds.shapes:
        raise invalid(f"Invalid value: {path} is an object", param=path)
    for shape in kinds.shapes[:-1]:
        try:
            return check(value, shape, within=path)
        except ApiError:
            continue
    return check(value, kinds.shapes[-1], within=path)


def _metadata(value: dict[str, Any], path: str) -> dict[str, str]:
    if len(value) > _METADATA_KEYS:
        raise invalid(f"{path} may have up to {_METADATA_KEYS} keys", param=path)
    for name, text in value.items():
        if not isinstance(text, str):
            raise invalid(f"Invalid string: {path}[{name}]", param=f"{path}[{name}]")
        if len(name) > _METADATA_NAME or len(text) > _METADATA_VALUE:
            limits = f"{_METADATA_NAME} characters, values up to {_METADATA_VALUE}"
            raise invalid(f"Metadata keys may have up to {limits}", param=f"{path}[{name}]")
    return value


def _scalar(text: str, kinds: _Kinds, path: str) -> Any:
    if text in kinds.words:
        return text
    if not (kinds.words or kinds.scalars):
        raise invalid(f"Invalid object or array: {path}", param=path)
    if bool in kinds.scalars and text in ("true", "false"):
        return text == "true"
    if int in kinds.scalars and _INTEGER.fullmatch(text):
        return int(text)
    if any(kinds.words) or str not in kinds.scalars:
        raise _unfit(text, kinds, path)
    if not text:
        message = (
            f"You passed an empty string for '{path}'. We assume empty values are an attempt to"
            f" unset a parameter; however '{path}' cannot be unset."
        )
        raise ApiError(400, message, param=path, code="parameter_invalid_empty")
    return text


def _unfit(text: str, kinds: _Kinds, path: str) -> ApiError:
    if any(kinds.words):
        words = ", ".join(word for word in kinds.words if word)
        return invalid(f"Invalid {path}: must be one of {words}", param=path)
    if int in kinds.scalars:
        message = f"Invalid integer: {text}"
        return ApiError(400, message, param=path, code="parameter_invalid_integer")
    return invalid(f"Invalid boolean: {text}", param=path)
