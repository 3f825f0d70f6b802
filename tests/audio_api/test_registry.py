"""The registry of services: what each brings, and that nothing is taken for what it is not."""

from __future__ import annotations

import dataclasses
import re
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.template.loader import get_template
from django.urls import resolve, reverse

from accounts.scopes import scope_names
from audio_api import registry
from audio_api.jobs.params import without_content
from audio_api.models import Job
from audio_api.openapi.written import written
from audio_api.process import prices
from audio_api.registry import Service, UnknownService
from audiopod.common import features
from dashboard.docs.error_codes import sections
from dashboard.docs.pages import pages
from wallet import offers, pricing
from wallet.models import Rate

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


@EACH
def test_a_service_has_a_name_of_its_own_that_a_program_may_call(service: Service) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,31}", service.kind)
    assert service.offer == offers.get(service.offer.service_type)
    assert len(str(service.label)) > 2


@EACH
def test_a_service_has_a_worker_a_scope_and_a_switch(service: Service) -> None:
    assert service.work or service.detached_work
    assert not service.work or callable(service.worker())
    assert not service.detached_work or callable(service.detached_worker())
    assert service.scope in scope_names()
    assert service.switch in features.all()


@EACH
def test_a_service_has_endpoints_that_require_its_scope_and_are_described(
    service: Service,
) -> None:
    views = [pattern.callback.cls for pattern in import_module(service.routes).urlpatterns]
    assert any(service.scope in view.required_scopes for view in views)
    assert any(view.feature == service.switch for view in views)
    folder = Path(import_module(service.routes).__file__ or "").parent
    described = yaml.safe_load((folder / "openapi.yaml").read_text())
    assert described["operations"].keys() <= written("operations").keys()
    assert {f"POST /{path}" for path in service.uploads} <= described["operations"].keys()


@EACH
def test_a_service_has_a_page_of_the_documentation(service: Service) -> None:
    assert get_template(service.docs.template)
    assert service.docs in pages()


@EACH
def test_a_service_says_what_goes_wrong_and_what_to_do(service: Service) -> None:
    explained = [error for _, _, errors in sections() for error in errors]
    assert service.errors
    for error in service.errors:
        assert error in explained
        assert error.remedy


@EACH
def test_what_a_service_tells_the_documentation_is_read(service: Service) -> None:
    if service.facts:
        told = import_module(service.facts)
        assert told.facts()
        assert told.limits()


@EACH
def test_the_gate_lets_recordings_in_where_a_service_takes_them(service: Service) -> None:
    assert all(registry.takes_upload(path) for path in service.uploads)
    assert not registry.takes_upload("models")
    for path in service.uploads:
        assert registry.upload_setting(path) == service.upload_setting
        assert getattr(settings, service.upload_setting) > 0
    if service.tab:
        assert reverse(service.tab.url_name)
        assert not service.tab.upload or resolve(service.tab.upload)


@pytest.mark.django_db
@EACH
def test_a_service_has_a_price(service: Service) -> None:
    Rate.objects.filter(service_type=service.offer.service_type).delete()
    prices.make_missing()
    assert pricing.price_now(service.offer.service_type) == service.price_micros_per_minute


@pytest.mark.django_db
def test_a_price_that_an_operator_has_set_stays() -> None:
    before = list(Rate.objects.order_by("pk").values())
    prices.make_missing()
    assert list(Rate.objects.order_by("pk").values()) == before
