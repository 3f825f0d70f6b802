"""Whatever creates a job takes the address that is to be told of its end."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import URLResolver, get_resolver
from rest_framework.exceptions import ValidationError

from audio_api.native.creating import CreatingView
from audio_api.native.job_body import WebhookUrlField


def creating(patterns: list[Any]) -> set[type[CreatingView]]:
    found: set[type[CreatingView]] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found |= creating(pattern.url_patterns)
        elif issubclass(view := getattr(pattern.callback, "cls", object), CreatingView):
            found.add(view)
    return found


def test_every_endpoint_that_creates_jobs_takes_it() -> None:
    views = creating(get_resolver().url_patterns)
    assert len(views) >= 2
    for view in views:
        assert isinstance(view.serializer_class().fields["webhook_url"], WebhookUrlField), view


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://127.0.0.1/", "x", "https://a.b/\0"]
)
def test_what_is_no_public_https_address_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        WebhookUrlField().run_validation(url)
