"""`/api/v1/schema`, and the page that shows it to people."""

from __future__ import annotations

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from audio_api.openapi import document
from audiopod.common.problem import Problem

KEEP_SECONDS = 300
FORMATS = {
    "json": ("application/vnd.oai.openapi+json", document.as_json),
    "yaml": ("application/vnd.oai.openapi", document.as_yaml),
}


@method_decorator(conditional_page, "dispatch")
class SchemaView(APIView):
    """The description of the API, for programs. Nobody needs a key."""

    authentication_classes: list[type[BaseAuthentication]] = []
    permission_classes = [AllowAny]

    @method_decorator(cache_control(public=True, max_age=KEEP_SECONDS))
    def get(self, request: Request) -> HttpResponse:
        wanted = request.query_params.get("format", "json")
        if wanted not in FORMATS:
            choices = " or ".join(FORMATS)
            raise Problem(f"Use format={choices}.", param="format", code="invalid_value")
        content_type, rendered = FORMATS[wanted]
        return HttpResponse(rendered(), content_type=content_type)


# A browser plays the audio of an answer from a blob: URL that the page made itself.
@csp_update({"media-src": ["blob:"]})
@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """The page on which people read the description and try it."""
    return render(request, "docs/api.html")
