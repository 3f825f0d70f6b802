"""A transcript on a page of its own, for a form that was sent without JavaScript."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from accounts.http import UserRequest
from audio_api.models import Job
from audiopod.common.problem import SERVER_ERROR, Problem
from dashboard.playground.outcome import outcome_of

_EVENT = b"data: "


def show_transcript(request: UserRequest, job_id: uuid.UUID, events: bytes) -> HttpResponse:
    """events: all of a stream. Raises Problem where one of them is a failure."""
    last = _last(events)
    if error := last.get("error"):
        raise Problem(error["message"], status=500, type=error["type"], code=error["code"])
    job = Job.objects.get(pk=job_id)
    page = {"heard": last, "outcome": outcome_of(request.user, job)}
    return render(request, "playground/transcript.html", page)


def _last(events: bytes) -> dict[str, Any]:
    lines = [line for line in events.splitlines() if line.startswith(_EVENT)]
    if not lines:
        raise Problem("The transcript did not come.", status=500, type=SERVER_ERROR)
    last: dict[str, Any] = json.loads(lines[-1].removeprefix(_EVENT))
    return last
