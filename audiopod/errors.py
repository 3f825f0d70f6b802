"""The one place that turns any exception under `/api/` into a client's error body.

Three roads lead here: Django REST Framework's exception handler, the request middleware (for
what an asynchronous view raises) and Django's own handlers (`handler404` and the like).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

import redis
from django.conf import settings
from django.core import exceptions as core
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from dramatiq.errors import BrokerError
from rest_framework import exceptions as drf
from rest_framework.fields import Field

from audiopod import metrics, quota
from audiopod.common.problem import (
    INVALID_REQUEST,
    SERVER_ERROR,
    Problem,
    unavailable,
)
from audiopod.native import natively, unknown
from voices.services import UnknownVoice
from wallet.gateway import (
    CardDeclined,
    GatewayError,
    GatewayRefused,
    GatewayUnavailable,
    TopUpsSwitchedOff,
)
from wallet.services import BudgetExceeded, InsufficientBalance, SpendingFrozen

log = logging.getLogger(__name__)

API = "/api/"

# DRF's code of a failed field -> the code that OpenAI's newer endpoints use.
_FIELD_CODES = {
    "required": "missing_required_parameter",
    "null": "missing_required_parameter",
    "max_length": "string_above_max_length",
    "min_length": "string_below_min_length",
    "blank": "string_below_min_length",
    "invalid": "invalid_type",
    "not_a_list": "invalid_type",
}

_WITH_A_CODE = (drf.AuthenticationFailed, drf.NotFound)
"""What is raised with a code of ours."""

_REQUIRED = Field.default_error_messages["required"]
"""What a serializer says that has no words of its own for a missing field."""


def response_to(problem: Problem) -> JsonResponse:
    metrics.refused(problem)
    return JsonResponse(problem.body(), status=problem.status, headers=problem.headers)


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """Django REST Framework's hook. Raises what it does not know, for the middleware to log."""
    request = context["request"]
    if isinstance(error, drf.MethodNotAllowed):
        problem = _wrong_method(request, context["view"].allowed_methods)
    else:
        problem = problem_of(error)
    return response_to(natively(problem, request.path))


def _wrong_method(request: HttpRequest, allowed: Sequence[str]) -> Problem:
    served = ", ".join(method for method in allowed if method not in {"HEAD", "OPTIONS"})
    return Problem(
        f"Method {request.method} is not allowed at {request.path}. Use {served}.", status=405
    )


def problem_of(error: BaseException) -> Problem:
    """What the client is told of any exception. Logs those that are our fault."""
    match error:
        case Problem():
            return error
        case InsufficientBalance() | BudgetExceeded() | SpendingFrozen():
            return quota.refusal(error)
        case GatewayError():
            return _from_gateway(error)
        case UnknownVoice():
            return Problem(str(error), param="voice", code="invalid_value")
        case drf.ValidationError():
            return _invalid(error)
        case drf.APIException():
            return _from_drf(error)
        case Http404() | core.ObjectDoesNotExist():
            return Problem("There is nothing at this address.", status=404)
        case core.PermissionDenied() | core.BadRequest() | core.SuspiciousOperation():
            return _from_django(error)
        case RecursionError() | UnicodeError():
            log.warning("a body cannot be read: %r", error)
            return Problem(f"We could not parse the body of your request. {_unreadable(error)}")
        case redis.RedisError() | BrokerError() | OperationalError() | TimeoutError():
            log.error("a service that we need does not answer: %r", error)
            return unavailable("The service is not available right now. Please try again.")
        case _:
            log.error("unexpected %s", type(error).__name__, exc_info=error)
            return Problem(
                "The server had an error while processing your request. You were not charged.",
                status=500,
                type=SERVER_ERROR,
            )


def _from_gateway(error: GatewayError) -> Problem:
    """Why a payment is not made: the card, the provider's no, its silence, or no provider."""
    match error:
        case CardDeclined():
            return Problem(str(error), status=402, code=error.code)
        case GatewayRefused(code="topup_over"):
            return Problem(str(error), status=409, code=error.code)
        case GatewayRefused():
            return Problem(str(error), status=502, type=SERVER_ERROR, code="payment_refused")
        case GatewayUnavailable():
            return unavailable(str(error), retry_after_seconds=15)
        case TopUpsSwitchedOff():
            return Problem(str(error), status=503, type=SERVER_ERROR, code="switched_off")
    return Problem(str(error), status=503, type=SERVER_ERROR, code="payments_not_configured")


def _from_django(error: Exception) -> Problem:
    if isinstance(error, core.DisallowedHost):
        return Problem(
            "This server does not answer to the host of this address. If the server is yours, add"
            " the host to ALLOWED_HOSTS, or set PUBLIC_URL to the address, and start it again."
        )
    if isinstance(error, core.PermissionDenied):
        return Problem("You may not do this.", status=403)
    if isinstance(error, core.RequestDataTooBig):
        return Problem("A form field or the JSON body is too large.", status=413)
    return Problem("The request could not be understood.")


def _unreadable(error: RecursionError | UnicodeError) -> str:
    """What is wrong with a body, by what comes out of a parser.

    Django decodes a form by any codec that it names, also by those that cannot decode everything.
    """
    if isinstance(error, RecursionError):
        return "It is nested too deeply."
    return "It is not in the charset of its Content-Type: send UTF-8."


def _invalid(error: drf.ValidationError) -> Problem:
    """The first thing wrong with a request body, with the field's name as `param`."""
    param, detail = _first(error.detail)
    code = getattr(detail, "code", None)
    if code == "required" and detail == _REQUIRED:
        message = f"Missing required parameter: '{param}'."
    else:
        message = str(detail)
    return Problem(message, param=param, code=_FIELD_CODES.get(code or "", code or "invalid_value"))


def _first(detail: Any, param: str | None = None) -> tuple[str | None, Any]:
    if isinstance(detail, Mapping):
        name, inner = next(iter(detail.items()))
        if name == "non_field_errors":
            return _first(inner, param)
        return _first(inner, str(name) if param is None else f"{param}[{name}]")
    if isinstance(detail, list) and detail:
        return _first(detail[0], param)
    return param, detail


def _from_drf(error: drf.APIException) -> Problem:
    status = error.status_code
    detail = error.detail
    code = getattr(detail, "code", None) if isinstance(error, _WITH_A_CODE) else None
    if isinstance(error, drf.NotFound) and code == error.default_code:
        code = None
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if isinstance(error, drf.ParseError):
        return Problem("We could not parse the body of your request. " + str(detail))
    if isinstance(error, drf.Throttled):
        headers["Retry-After"] = str(math.ceil(getattr(error, "wait", None) or 1))
    kind = INVALID_REQUEST if status < 500 else SERVER_ERROR
    return Problem(str(detail), status=status, type=kind, code=code, headers=headers)


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API)


@csrf_exempt
def unknown_url(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Anything under `/api/` that is not mounted, and `/v1/`, where OpenAI has its API."""
    return response_to(unknown_path(request.method, request.path))


def unknown_path(method: str | None, path: str) -> Problem:
    """404 for a path that leads to `unknown_url`."""
    problem = unknown(method, path)
    if not path.startswith(API):
        problem.message += f". The API is at {settings.PUBLIC_URL}/api/v1: make that the base URL."
    return natively(problem, path)


def _page(request: HttpRequest, status: int, problem: Problem, **more: Any) -> HttpResponse:
    """more: for the template of the page."""
    if is_api(request):
        return response_to(natively(problem, request.path))
    return render(request, f"{status}.html", more, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    is_host = isinstance(exception, core.DisallowedHost)
    return _page(request, 400, problem_of(exception), is_host_unknown=is_host)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 403, problem_of(exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return unknown_url(request)
    return _page(request, 404, problem_of(exception))


def server_error(request: HttpRequest) -> HttpResponse:
    return _page(request, 500, _internal())


def _internal() -> Problem:
    return Problem("The server had an error.", status=500, type=SERVER_ERROR)
