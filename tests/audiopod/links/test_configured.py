"""Limits and allow-list by the settings."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from audiopod.common.links.configured import allow_list, fetch_limits


def test_the_settings_are_the_limits(settings: Settings) -> None:
    settings.URL_INTAKE_MAX_BYTES = 5
    settings.URL_INTAKE_SECONDS = 6
    settings.SLOW_UPLOAD_SECONDS = 7
    settings.MIN_UPLOAD_BYTES_PER_SECOND = 8

    limits = fetch_limits()

    assert (limits.max_bytes, limits.total_seconds) == (5, 6)
    assert (limits.silence_seconds, limits.min_bytes_per_second) == (7, 8)


def test_by_default_nothing_is_allowed_and_as_much_as_an_upload(settings: Settings) -> None:
    assert allow_list().texts == ()
    assert fetch_limits().max_bytes == settings.MAX_UPLOAD_BYTES


def test_an_entry_that_cannot_be_understood_is_named(settings: Settings) -> None:
    settings.URL_INTAKE_ALLOW = ["nas.lan", "*.lan"]

    with pytest.raises(ImproperlyConfigured, match=r"URL_INTAKE_ALLOW: “\*\.lan”"):
        allow_list()
