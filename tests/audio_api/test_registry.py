"""The registry of services: what each brings, and that nothing is taken for what it is not."""

from __future__ import annotations

import dataclasses

import pytest

from audio_api import registry
from audio_api.jobs.params import without_content
from audio_api.models import Job
from audio_api.registry import Service, UnknownService

EACH = pytest.mark.parametrize("service", registry.services(), ids=lambda service: service.kind)


def test_a_kind_that_no_folder_is_for_is_an_error() -> None:
    with pytest.raises(UnknownService, match="No service is of the kind 'yodelling'"):
        registry.get("yodelling")


def test_of_a_job_of_an_unknown_kind_nothing_is_kept() -> None:
    assert without_content(Job(kind="yodelling", params={"model": "m", "text": "secret"})) == {}


@EACH
def test_a_service_says_of_each_field_what_becomes_of_it(service: Service) -> None:
    asked = service.params
    assert dataclasses.is_dataclass(asked)
    names = {field.name for field in dataclasses.fields(asked)}
    kept = [*asked.SHOWN, *asked.KEPT]
    assert len(kept) == len(set(kept))
    assert set(kept) <= names


@EACH
def test_what_was_said_is_not_kept(service: Service) -> None:
    said = {"text", "input", "prompt", "keywords", "instructions"}
    params = dict.fromkeys([*service.params.SHOWN, *said], "x")
    assert set(without_content(Job(kind=service.kind, params=params))) == set(service.params.SHOWN)
