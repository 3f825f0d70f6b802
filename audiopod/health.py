"""Alive, ready, and how busy: for load balancers, supervisors and Prometheus."""

from __future__ import annotations

from typing import Any

import redis
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from audio.engines import status
from audio_api.process import answering, boot
from audiopod.metrics import count_open_jobs


@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """The process answers. Asks nothing of anybody else."""
    return JsonResponse({"status": "ok", "service": "audiopod"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Whether a request would be served: 200, or 503 with what is missing."""
    workers, engines = _workers()
    checks = {"database": answering.database(), **workers}
    whole = all(check == "ok" for check in checks.values())
    body: dict[str, Any] = {
        "status": "ok" if whole else "unavailable",
        "checks": checks,
        "engines": engines,
    }
    return JsonResponse(body, status=200 if whole else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics: this process's answers, and the jobs that all processes share."""
    count_open_jobs()
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _workers() -> tuple[dict[str, str], dict[str, str]]:
    """The checks, and what there is to say of each engine that has been tested."""
    if not settings.REDIS_URL:
        broken = status.broken()
        checks = {"engines": _engines(boot.ready.is_set(), broken)}
        return checks, dict.fromkeys(status.working(), "ok") | broken
    try:
        workers = boot.workers_alive()
    except redis.RedisError as error:
        return {"redis": f"does not answer: {type(error).__name__}"}, {}
    working = {name: "ok" for told in workers.values() for name in told["engines"]}
    broken = {name: why for told in workers.values() for name, why in told["broken"].items()}
    return {"redis": "ok", "engines": _engines(bool(workers), broken)}, working | broken


def _engines(loaded: bool, broken: dict[str, str]) -> str:
    if not loaded:
        return "no worker is ready yet"
    if broken:
        return "; ".join(f"{name}: {why}" for name, why in broken.items())
    return "ok"
