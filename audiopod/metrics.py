"""What Prometheus can ask of a process. Labels are routes, never paths: those are the users'."""

from __future__ import annotations

from django.http import HttpRequest
from prometheus_client import Counter, Gauge, Histogram

from audio_api.models import Job
from audiopod.common.problem import Problem

ANSWERS = Histogram(
    "audiopod_answer_seconds",
    "From a request's arrival to the headers of its answer.",
    ["method", "route", "status"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
OPEN_JOBS = Gauge("audiopod_open_jobs", "Jobs in the database that are not over.", ["status"])
REFUSALS = Counter(
    "audiopod_refusals_total",
    "Requests to the API that were answered with an error, by its status and its code or type.",
    ["status", "reason"],
)


def refused(problem: Problem) -> None:
    """Count an error body."""
    REFUSALS.labels(str(problem.status), problem.code or problem.type).inc()


def observe(request: HttpRequest, status: int, seconds: float) -> None:
    """Count an answer."""
    match = request.resolver_match
    route = match.route if match else "unknown"
    ANSWERS.labels(request.method or "", route, str(status)).observe(seconds)


def count_open_jobs() -> None:
    """Bring the gauge up to date; one indexed query per status."""
    for status in Job.OPEN:
        OPEN_JOBS.labels(status.value).set(Job.objects.with_status(status).count())
