"""What happens to every request: an id, a length, an error body, a log line."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from audiopod import errors, metrics
from audiopod.access_log import log_answer
from audiopod.common.ids import name_request, request_id_of
from audiopod.common.promises import promised_headers
from audiopod.native import natively
from audiopod.privacy import keep_private


class RequestMiddleware:
    """First in the list: what it sets is there for everything after it."""

    sync_capable = True
    async_capable = True

    def __init__(
        self,
        get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]],
    ) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self._serve(request)
        began = _begin(request)
        response = _options(request) or self.get_response(request)
        assert isinstance(response, HttpResponseBase)  # noqa: S101 - the chain is synchronous
        return _end(request, response, began)

    async def _serve(self, request: HttpRequest) -> HttpResponseBase:
        began = _begin(request)
        response = _options(request) or await self.get_response(request)  # type: ignore[misc]
        return _end(request, response, began)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Django calls this for what a view raises; outside the API its own pages serve."""
        if not errors.is_api(request):
            return None
        return errors.response_to(natively(errors.problem_of(error), request.path))


def _begin(request: HttpRequest) -> float:
    name_request(request)
    _measure_chunked_body(request)
    return time.perf_counter()


def _options(request: HttpRequest) -> HttpResponse | None:
    """What OPTIONS asks of the API: which methods there are. It needs no key."""
    if request.method != "OPTIONS" or not errors.is_api(request):
        return None
    try:
        found = resolve(request.path_info)
    except Resolver404:
        return None
    view = getattr(found.func, "cls", None)
    if view is None:
        return None
    request.resolver_match = found
    allowed = {method.upper() for method in view.http_method_names if hasattr(view, method)}
    if "GET" in allowed:
        allowed.add("HEAD")
    return HttpResponse(status=204, headers={"Allow": ", ".join(sorted(allowed))})


def _measure_chunked_body(request: HttpRequest) -> None:
    """Give a body that came in chunks its length.

    Django's multipart parser takes a request without Content-Length for an empty one, and
    openai-node sends uploads that way. Under ASGI the body is already in a temporary file.
    """
    if request.META.get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" not in request.META:
        return
    stream = getattr(request, "_stream", None)
    if stream is None or not hasattr(stream, "seek"):
        return
    stream.seek(0, 2)
    request.META["CONTENT_LENGTH"] = str(stream.tell())
    stream.seek(0)


def _end(request: HttpRequest, response: HttpResponseBase, began: float) -> HttpResponseBase:
    seconds = time.perf_counter() - began
    milliseconds = round(seconds * 1000)
    metrics.observe(request, response.status_code, seconds)
    request_id = request_id_of(request)
    response.headers["x-request-id"] = request_id
    if errors.is_api(request):
        response.headers["openai-processing-ms"] = str(milliseconds)
        for name, value in promised_headers(request).items():
            response.headers[name] = value
    else:
        keep_private(request, response)
    log_answer(request.method, request.path, response.status_code, milliseconds, request_id)
    return response
