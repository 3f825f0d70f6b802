"""Which language a page speaks. The API speaks English, whatever a client accepts."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from audiopod import errors


class PageLocaleMiddleware(LocaleMiddleware):
    """Pages in the reader's language; what programs read is the same for everyone.

    The language is the one chosen on a page (a cookie), else the browser's.
    """

    def process_request(self, request: HttpRequest) -> None:
        if errors.is_api(request):
            translation.activate(settings.LANGUAGE_CODE)
            request.LANGUAGE_CODE = settings.LANGUAGE_CODE
            return
        super().process_request(request)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if errors.is_api(request):
            return response  # neither `Vary: Accept-Language` nor `Content-Language`
        return super().process_response(request, response)
